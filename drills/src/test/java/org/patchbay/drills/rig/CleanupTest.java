package org.patchbay.drills.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {
  private final List<String> done = new ArrayList<>();

  @Test
  void thingsAreUndoneInReverseOrderAndOnce() throws RigException {
    Cleanup cleanup = Cleanup.open();
    cleanup.add("first", () -> done.add("first"));
    cleanup.add("second", () -> done.add("second"));
    cleanup.close();
    cleanup.close();
    assertEquals(List.of("second", "first"), done);
  }

  @Test
  void aFailureIsToldAndDoesNotKeepTheRest() throws RigException {
    Cleanup cleanup = Cleanup.open();
    cleanup.add("first", () -> done.add("first"));
    cleanup.add(
        "second",
        () -> {
          throw new IllegalStateException("it is stuck");
        });
    RigException failure = assertThrows(RigException.class, cleanup::close);
    assertTrue(failure.getMessage().contains("second: it is stuck"), failure.getMessage());
    assertEquals(List.of("first"), done);
  }

  @Test
  void whatIsMadeTooLateIsUndoneAtOnce() throws RigException {
    Cleanup cleanup = Cleanup.open();
    cleanup.close();
    assertThrows(RigException.class, () -> cleanup.add("late", () -> done.add("late")));
    assertEquals(List.of("late"), done);
  }
}
