package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.log.LogLevel;

class PlatformLogTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();

  @Test
  void warningsAndErrorsReachTheTerminalInOneLine() throws IOException {
    Path file = folder.resolve("log");
    try (PlatformLog log = open(file)) {
      log.write(LogLevel.INFO, "an information", null);
      log.write(LogLevel.WARN, "a warning", null);
      log.write(
          LogLevel.ERROR,
          "an error",
          new IOException("outer", new IllegalStateException("the reason")));
    }
    assertEquals(
        """
        warning: a warning [launcher]
        error: an error: outer: the reason [launcher]
        """,
        terminal.toString(StandardCharsets.UTF_8));
    String text = Files.readString(file);
    assertTrue(text.contains("INFO launcher: an information\n"), text);
    assertTrue(text.contains("WARN launcher: a warning\n"), text);
    assertTrue(text.contains("Caused by: java.lang.IllegalStateException: the reason"), text);
  }

  @Test
  void aCauseThatTheMessageNamesIsNotRepeated() throws IOException {
    try (PlatformLog log = open(folder.resolve("log"))) {
      Exception refusal = new IllegalArgumentException("mtu is 5");
      log.write(LogLevel.ERROR, "refused: mtu is 5", new IOException(refusal.toString(), refusal));
    }
    assertEquals(
        "error: refused: mtu is 5 [launcher]\n", terminal.toString(StandardCharsets.UTF_8));
  }

  @Test
  void warningsOfTheEndGoToTheFileOnly() throws IOException {
    Path file = folder.resolve("log");
    try (PlatformLog log = open(file)) {
      log.platformEnds();
      log.write(LogLevel.WARN, "a service left", null);
      log.write(LogLevel.ERROR, "stuck", null);
    }
    assertEquals("error: stuck [launcher]\n", terminal.toString(StandardCharsets.UTF_8));
    assertTrue(Files.readString(file).contains("a service left"));
  }

  private PlatformLog open(Path file) throws IOException {
    return new PlatformLog(file, new PrintStream(terminal, true, StandardCharsets.UTF_8));
  }
}
