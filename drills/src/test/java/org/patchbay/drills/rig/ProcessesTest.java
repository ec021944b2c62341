package org.patchbay.drills.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessesTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static List<String> shell(String script) {
    return List.of("sh", "-c", script);
  }

  @Test
  void aToolAnswersWithItsStatusAndBothOutputs() throws Exception {
    Tool.Result result =
        Tool.run(LIMIT, Map.of("WORD", "hello"), shell("echo $WORD; echo no >&2; exit 3"));
    assertEquals(new Tool.Result(3, "hello\n", "no\n"), result);
    assertThrows(RigException.class, () -> Tool.must(shell("exit 3")));
  }

  @Test
  void aToolThatTakesTooLongIsEnded() {
    long begin = System.nanoTime();
    assertThrows(
        RigException.class,
        () -> Tool.run(Duration.ofMillis(300), Map.of(), shell("sleep 50; echo late")));
    assertTrue(System.nanoTime() - begin < LIMIT.toNanos());
  }

  @Test
  void missingProgramsAreNamed() {
    assertEquals(List.of("no-such-program"), Tool.missing(List.of("sh", "no-such-program")));
  }

  @Test
  void theLinesOfAChildCanBeAwaited() throws Exception {
    try (Cleanup cleanup = Cleanup.open()) {
      Child child =
          Child.start(
              cleanup, "child", Map.of(), shell("echo one; echo two >&2; sleep 0.2; echo three"));
      assertEquals(
          "three", child.awaitLine("3", LIMIT, line -> line.text().equals("three")).text());
      assertEquals(OptionalInt.of(0), child.awaitExit(LIMIT));
      assertEquals(
          List.of("one", "two", "three"), child.lines().stream().map(Child.Line::text).toList());
      RigException ended =
          assertThrows(RigException.class, () -> child.awaitLine("four", LIMIT, _ -> false));
      assertTrue(ended.getMessage().startsWith("child ended but four"), ended.getMessage());
    }
  }

  @Test
  void aLineThatDoesNotComeIsNotAwaitedForEver() throws Exception {
    try (Cleanup cleanup = Cleanup.open()) {
      Child child = Child.start(cleanup, "child", Map.of(), List.of("sleep", "50"));
      assertThrows(
          RigException.class, () -> child.awaitLine("a word", Duration.ofMillis(100), _ -> true));
      assertEquals(OptionalInt.empty(), child.awaitExit(Duration.ofMillis(50)));
      child.interrupt();
      assertEquals(OptionalInt.of(130), child.awaitExit(LIMIT));
    }
  }

  @Test
  void theCleanupEndsAChildAndLeftoversTell() throws Exception {
    Leftovers leftovers = new Leftovers();
    try (Cleanup cleanup = Cleanup.open()) {
      Path folder = TemporaryFolder.create(cleanup);
      Files.writeString(folder.resolve("file"), "x");
      Child child = Child.start(cleanup, "child", Map.of(), shell("sleep 50 & wait"));
      Await.until(
          "a grandchild",
          LIMIT,
          () -> ProcessHandle.of(child.pid()).orElseThrow().children().findAny().isPresent());
      leftovers.process(child).file(folder).device("lo");
      assertEquals(4, leftovers.found().size(), leftovers.found().toString());
    }
    List<String> found = leftovers.found();
    assertEquals(List.of("interface lo"), found);
    assertThrows(RigException.class, leftovers::check);
  }

  @Test
  void aConditionThatNeverHoldsIsNotAwaitedForEver() throws Exception {
    assertFalse(Await.within(Duration.ofMillis(20), () -> false));
    assertTrue(Await.within(Duration.ZERO, () -> true));
    assertThrows(
        RigException.class, () -> Await.until("a miracle", Duration.ofMillis(20), () -> false));
  }
}
