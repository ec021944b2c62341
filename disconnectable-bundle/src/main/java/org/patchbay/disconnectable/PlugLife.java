package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * How far a plug has come, and who is inside it beside the control calls.
 *
 * <pre>
 *   FREE --adopt--> LIVE --rest--> RESTING --retire--> RETIRED
 *     |               ^---revive-----'                    ^
 *     '--------------- discard, or the service leaves ----'
 * </pre>
 *
 * LIVE is current, RESTING has been stopped after its queues closed but may be current again,
 * RETIRED is over: nobody calls it any more. Any thread; nothing is called out from within.
 */
final class PlugLife {

  enum State {
    FREE,
    LIVE,
    RESTING,
    RETIRED
  }

  private final Object lock = new Object();
  // Guarded by lock, on which whoever waits for a change waits.
  private State state = State.FREE;
  private final List<Thread> visitors = new ArrayList<>();
  private int closing;
  // Written within the lock.
  private volatile boolean leaving;

  State state() {
    synchronized (lock) {
      return state;
    }
  }

  /** Whether the service leaves. */
  boolean isLeaving() {
    return leaving;
  }

  /** Goes on, if the plug is in the one state and, to become LIVE, its service does not leave. */
  boolean go(State from, State to) {
    synchronized (lock) {
      if (state != from || (leaving && to == State.LIVE)) {
        return false;
      }
      set(to);
      return true;
    }
  }

  /** To RETIRED, from wherever it is. */
  void retire() {
    synchronized (lock) {
      set(State.RETIRED);
    }
  }

  /** The service leaves: a plug that is not LIVE is over at once. */
  void leave() {
    synchronized (lock) {
      leaving = true;
      if (state != State.LIVE) {
        set(State.RETIRED);
      }
    }
  }

  private void set(State to) {
    state = to;
    lock.notifyAll();
  }

  /** A queue is about to be closed. */
  void beginClosing() {
    synchronized (lock) {
      closing++;
    }
  }

  /** It is closed. */
  void endClosing() {
    synchronized (lock) {
      closing--;
      lock.notifyAll();
    }
  }

  /**
   * Lets the calling thread in, to call the endpoint beside its control calls.
   *
   * @return false if the plug is over or its service leaves
   */
  boolean beginVisit() {
    synchronized (lock) {
      if (leaving || state == State.RETIRED) {
        return false;
      }
      visitors.add(Thread.currentThread());
      return true;
    }
  }

  void endVisit() {
    synchronized (lock) {
      visitors.remove(Thread.currentThread());
      lock.notifyAll();
    }
  }

  /** Interrupts all visitors. */
  void interruptVisits() {
    synchronized (lock) {
      // Within the lock, so that a visitor that has just left is not hit in its next errand.
      visitors.forEach(Thread::interrupt);
    }
  }

  /**
   * Waits until the plug is over and nobody but the calling thread visits it.
   *
   * @param deadlineNanos latest moment of {@link System#nanoTime()}
   * @return false at the deadline; interrupts are kept for later
   */
  boolean awaitRetired(long deadlineNanos) {
    Thread here = Thread.currentThread();
    return await(
        () -> state == State.RETIRED && visitors.stream().allMatch(each -> each == here),
        deadlineNanos);
  }

  /** Waits until no queue is being closed and a condition holds; else as {@link #awaitRetired}. */
  boolean awaitClosed(BooleanSupplier noneOpen, long deadlineNanos) {
    return await(() -> closing == 0 && noneOpen.getAsBoolean(), deadlineNanos);
  }

  private boolean await(BooleanSupplier condition, long deadlineNanos) {
    boolean interrupted = false;
    boolean holds;
    synchronized (lock) {
      while (!(holds = condition.getAsBoolean())) {
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
          break;
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return holds;
  }
}
