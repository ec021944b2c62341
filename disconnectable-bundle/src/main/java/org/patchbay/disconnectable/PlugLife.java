package org.patchbay.disconnectable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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

  /** A thread in a call beside the control calls. */
  static final class Visitor {
    final Thread thread = Thread.currentThread();
    final Instant since = Instant.now();
    final String call;
    // Guarded by the lock.
    private StuckThreads.@Nullable Entry stuck;

    Visitor(String call) {
      this.call = call;
    }

    private boolean isIn(@Nullable String which) {
      return which == null || call.equals(which);
    }
  }

  private final Object lock = new Object();
  // Guarded by lock, on which whoever waits for a change waits.
  private State state = State.FREE;
  private final List<Visitor> visitors = new ArrayList<>();
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
   * @param call the method, for operators
   * @return null if the plug is over or its service leaves
   */
  @Nullable Visitor beginVisit(String call) {
    synchronized (lock) {
      if (leaving || state == State.RETIRED) {
        return null;
      }
      Visitor visitor = new Visitor(call);
      visitors.add(visitor);
      return visitor;
    }
  }

  /**
   * The calling thread is out again.
   *
   * @return what it was noted as, had it been given up
   */
  StuckThreads.@Nullable Entry endVisit(Visitor visitor) {
    synchronized (lock) {
      visitors.remove(visitor);
      lock.notifyAll();
      return visitor.stuck;
    }
  }

  /**
   * Notes visitors as given up.
   *
   * @param call of this method only, or of all if null
   * @param note makes and keeps an entry of a visitor
   */
  void giveUpVisits(@Nullable String call, Function<Visitor, StuckThreads.Entry> note) {
    synchronized (lock) {
      for (Visitor visitor : visitors) {
        if (visitor.stuck == null && visitor.isIn(call)) {
          visitor.stuck = note.apply(visitor);
        }
      }
    }
  }

  /**
   * Interrupts visitors.
   *
   * @param call of this method only, or of all if null
   */
  void interruptVisits(@Nullable String call) {
    synchronized (lock) {
      for (Visitor visitor : visitors) {
        if (visitor.isIn(call)) {
          // Within the lock, so that one that has just left is not hit in its next errand.
          visitor.thread.interrupt();
        }
      }
    }
  }

  /** The method in which a thread is a visitor, or null. */
  @Nullable String visitOf(Thread thread) {
    synchronized (lock) {
      for (Visitor visitor : visitors) {
        if (visitor.thread == thread) {
          return visitor.call;
        }
      }
      return null;
    }
  }

  /** Whether there are visitors. */
  boolean isVisited() {
    synchronized (lock) {
      return !visitors.isEmpty();
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
        () -> state == State.RETIRED && visitors.stream().allMatch(each -> each.thread == here),
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
