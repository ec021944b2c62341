package org.patchbay.conformance;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;

/** Queues that echo packets and take too long in one method. */
final class SlowQueues {

  private static final long LONG_NANOS = 1_200_000_000;

  private SlowQueues() {}

  /** Queues of which one takes 1.2 s in one call of a method. */
  static EchoEndpoint.QueueMaker onceIn(String method) {
    AtomicBoolean due = new AtomicBoolean(true);
    return (open, driver) -> new Slow(open, driver, method, () -> pauseOnce(due));
  }

  /** Queues that never return from a method. */
  static EchoEndpoint.QueueMaker forEverIn(String method) {
    return (open, driver) -> new Slow(open, driver, method, SlowQueues::blockForEver);
  }

  /** Queues that never return from a close by another thread than the one that opened them. */
  static EchoEndpoint.QueueMaker forEverWhenAnotherThreadCloses() {
    return (open, driver) -> {
      Thread opener = Thread.currentThread();
      return new Slow(
          open,
          driver,
          "close",
          () -> {
            if (Thread.currentThread() != opener) {
              blockForEver();
            }
          });
    };
  }

  /** Takes 1.2 s the first time. */
  static void pauseOnce(AtomicBoolean due) {
    if (due.getAndSet(false)) {
      long end = System.nanoTime() + LONG_NANOS;
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
    }
  }

  private static void blockForEver() {
    while (true) {
      LockSupport.park();
    }
  }

  private static final class Slow extends EchoQueue {

    private final String method;
    private final Runnable pause;

    Slow(OpenQueues open, QueueDriver driver, String method, Runnable pause) {
      super(open, driver);
      this.method = method;
      this.pause = pause;
    }

    private void enter(String called) {
      if (called.equals(method)) {
        pause.run();
      }
    }

    @Override
    public void updateTargetVp(int targetVp) {
      enter("updateTargetVp");
    }

    @Override
    public QueueStatistics statistics() {
      enter("statistics");
      return super.statistics();
    }

    @Override
    public @Nullable Throwable failure() {
      enter("failure");
      return super.failure();
    }

    @Override
    public void close() {
      enter("close");
      super.close();
    }
  }
}
