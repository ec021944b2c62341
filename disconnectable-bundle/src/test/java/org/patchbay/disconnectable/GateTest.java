package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GateTest {

  private static final int ROUNDS = 30_000;

  private static long soon(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void letsInUntilItIsClosed() {
    Gate gate = new Gate();
    assertEquals(Gate.OPEN, gate.enter());
    assertSame(Thread.currentThread(), gate.inside());
    assertEquals(Gate.OPEN, gate.exit());
    gate.advance(Gate.LEAVING);
    assertEquals(Gate.LEAVING, gate.enter());
    gate.exit();
    assertTrue(gate.close(soon(0)));
    assertEquals(Gate.CLOSED, gate.enter());
    assertNull(gate.inside());
  }

  @Test
  void statesOnlyGoForward() {
    Gate gate = new Gate();
    gate.advance(Gate.FORCED);
    gate.advance(Gate.LEAVING);
    assertTrue(gate.close(soon(0)));
    assertEquals(Gate.FORCED, gate.state());
  }

  @Test
  void closingWaitsForTheCallAndGivesUpAtItsDeadline() throws Exception {
    Gate gate = new Gate();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread driver =
        Thread.ofPlatform()
            .start(
                () -> {
                  gate.enter();
                  inside.countDown();
                  try {
                    go.await();
                  } catch (InterruptedException e) {
                    interrupted.set(true);
                  }
                  Thread.currentThread().interrupt(); // as a vendor that restores it
                  gate.exit();
                  interrupted.compareAndSet(true, !Thread.currentThread().isInterrupted());
                });
    inside.await();
    long began = System.nanoTime();
    assertFalse(gate.close(soon(50)));
    assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(50));
    gate.interruptInside();
    assertTrue(gate.close(soon(5000)));
    driver.join();
    assertTrue(interrupted.get(), "the interrupt ended the call and did not outlive it");
  }

  @Test
  void closingKeepsAnInterruptForLater() throws Exception {
    Gate gate = new Gate();
    gate.enter();
    Thread closer =
        Thread.ofPlatform()
            .start(
                () -> {
                  Thread.currentThread().interrupt();
                  gate.close(soon(20));
                  assertTrue(Thread.currentThread().isInterrupted());
                });
    closer.join();
  }

  /** Where two threads meet at the start and at the end of each round, without going to sleep. */
  private static final class Meeting {
    private final AtomicLong arrived = new AtomicLong();

    void await(long meeting) {
      arrived.incrementAndGet();
      int spins = 0;
      while (arrived.get() < 2 * meeting) {
        if (++spins % 1000 == 0) {
          Thread.yield();
        } else {
          Thread.onSpinWait();
        }
      }
    }
  }

  /**
   * One driver calls, another thread closes at any moment, many times: no call is inside, or
   * begins, once close has returned; and none that was let in is lost.
   */
  @Test
  void noCallRunsAfterCloseReturned() throws Exception {
    Meeting meeting = new Meeting();
    Gate[] gates = new Gate[1];
    boolean[] closed = new boolean[1]; // plain on purpose: the gate orders it
    long[] counted = new long[1]; // plain on purpose, as a vendor's state is
    AtomicLong late = new AtomicLong();
    AtomicLong calls = new AtomicLong();
    Thread driver =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  for (int round = 0; round < ROUNDS; round++) {
                    meeting.await(2L * round + 1);
                    Gate gate = gates[0];
                    while (gate.enter() < Gate.CLOSED) {
                      if (closed[0]) {
                        late.incrementAndGet();
                      }
                      counted[0]++;
                      calls.incrementAndGet();
                      gate.exit();
                    }
                    meeting.await(2L * round + 2);
                  }
                });
    long changedAfterClose = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Gate gate = new Gate();
      gates[0] = gate;
      closed[0] = false;
      meeting.await(2L * round + 1);
      for (int i = round & 63; i > 0; i--) {
        Thread.onSpinWait();
      }
      assertTrue(gate.close(soon(10_000)));
      closed[0] = true;
      long seen = counted[0];
      meeting.await(2L * round + 2);
      if (seen != counted[0]) {
        changedAfterClose++;
      }
    }
    driver.join();
    assertEquals(0, changedAfterClose, "calls that ran after close had returned");
    assertEquals(0, late.get());
    assertEquals(calls.get(), counted[0]);
    assertTrue(calls.get() > ROUNDS / 10);
  }
}
