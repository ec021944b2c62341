package org.patchbay.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CommandLineTest {

  @Test
  void wordsAreCutAtBlanks() throws CommandRefused {
    assertEquals(List.of("plug", "nic0", "tap1"), CommandLine.words(" plug\tnic0  tap1\r"));
    assertEquals(List.of(), CommandLine.words("  "));
  }

  @Test
  void quotesAndBackslashesKeepBlanks() throws CommandRefused {
    assertEquals(
        List.of("a b", "c\"d", "e\\f", "", "gh i", "\\"),
        CommandLine.words("'a b' \"c\\\"d\" 'e\\f' '' g\"h i\" \\"));
  }

  @Test
  void openQuoteIsRefused() {
    CommandRefused refused =
        assertThrows(CommandRefused.class, () -> CommandLine.words("create tap 'name=x"));
    assertTrue(refused.sentence().startsWith("The quote ' has no end"), refused.sentence());
  }

  @Test
  void unfinishedLineEndsWithTheWordBeingTyped() throws CommandRefused {
    assertEquals(List.of("plug", "n"), CommandLine.unfinishedWords("plug n"));
    assertEquals(List.of("plug", ""), CommandLine.unfinishedWords("plug "));
    assertEquals(List.of(""), CommandLine.unfinishedWords(""));
  }
}
