package org.patchbay.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SequenceWindowTest {

  private static final long MARK = SequenceWindow.MARK_NANOS;

  private final SequenceWindow window = new SequenceWindow(0);

  private void assertCounts(long sent, long returned, long lost) {
    window.publish();
    assertEquals(sent, window.sent(), "sent");
    assertEquals(returned, window.returned(), "returned");
    assertEquals(lost, window.lost(), "lost");
  }

  @Test
  void countsEachReturnOnce() {
    window.send(3);
    assertTrue(window.receive(0));
    assertTrue(window.receive(1));
    assertFalse(window.receive(1));
    assertCounts(3, 2, 0);
    assertEquals(1, window.duplicates());
    assertEquals(0, window.reordered());
  }

  @Test
  void countsWhatComesAfterALaterOneAsReordered() {
    window.send(4);
    window.receive(2);
    window.receive(0);
    window.receive(3);
    window.receive(1);
    assertCounts(4, 4, 0);
    assertEquals(2, window.reordered());
  }

  @Test
  void givesUpWhatIsMissingForTwoSecondsAndNothingElse() {
    window.send(2);
    window.tick(MARK); // Both were sent by now.
    window.send(1);
    window.receive(0);
    window.tick(MARK + SequenceWindow.TIMEOUT_NANOS - 1);
    assertCounts(3, 1, 0);
    window.tick(2 * MARK + SequenceWindow.TIMEOUT_NANOS);
    assertCounts(3, 1, 1);
    window.tick(3 * MARK + 2 * SequenceWindow.TIMEOUT_NANOS);
    assertCounts(3, 1, 2);
    assertEquals(Long.MAX_VALUE, window.nanosToTick(0), "nothing is outstanding");
  }

  @Test
  void keepsALateFrameLost() {
    window.send(1);
    window.tick(MARK);
    window.tick(2 * MARK + SequenceWindow.TIMEOUT_NANOS);
    assertFalse(window.receive(0));
    assertFalse(window.receive(0));
    assertCounts(1, 0, 1);
    assertEquals(1, window.late());
    assertEquals(1, window.duplicates());
  }

  @Test
  void givesUpWhatIsSuperseded() {
    window.send(SequenceWindow.SIZE);
    assertCounts(SequenceWindow.SIZE, 0, 0);
    window.send(2);
    assertCounts(SequenceWindow.SIZE + 2, 0, 2);
    assertFalse(window.receive(1), "too late to tell");
    assertTrue(window.receive(2));
    assertTrue(window.receive(SequenceWindow.SIZE + 1));
    assertCounts(SequenceWindow.SIZE + 2, 2, 2);
    assertEquals(1, window.late());
  }

  @Test
  void wakesForTheTimeoutOnlyWhileSomethingIsOutstanding() {
    assertEquals(Long.MAX_VALUE, window.nanosToTick(0));
    window.send(1);
    assertEquals(MARK - 10, window.nanosToTick(10));
    assertEquals(0, window.nanosToTick(MARK + 1));
    window.receive(0);
    assertEquals(Long.MAX_VALUE, window.nanosToTick(0));
  }

  @Test
  void doesNotCountASequenceThatWasNotAccepted() {
    window.send(1);
    assertFalse(window.receive(1));
    window.send(1);
    assertTrue(window.receive(1));
    assertCounts(2, 1, 0);
    assertEquals(1, window.duplicates());
  }

  /** Random sends, returns, copies and silences against a model that remembers everything. */
  @Test
  void agreesWithAModelThatRemembersAll() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      SequenceWindow tested = new SequenceWindow(0);
      BitSet back = new BitSet();
      int sent = 0;
      long now = 0;
      for (int step = 0; step < 2000; step++) {
        if (random.nextInt(3) == 0) {
          int count = random.nextInt(40);
          tested.send(count);
          sent += count;
        } else if (sent > 0) {
          int sequence = Math.max(0, sent - 1 - random.nextInt(200));
          assertEquals(!back.get(sequence), tested.receive(sequence), "seed " + seed);
          back.set(sequence);
        }
        // Less than the time-out in all, so that nothing is given up before the end.
        now += random.nextInt(900_000);
        tested.tick(now);
      }
      tested.publish();
      assertEquals(sent, tested.sent());
      assertEquals(back.cardinality(), tested.returned());
      assertEquals(0, tested.lost());
      tested.tick(now + MARK);
      tested.tick(now + 2 * MARK + SequenceWindow.TIMEOUT_NANOS);
      assertEquals(sent - back.cardinality(), tested.lost());
    }
  }
}
