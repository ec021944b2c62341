package org.patchbay.conformance;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.conformance.support.ContractViolation;

/** A thread that waits for one action of an endpoint after the other, until that ends. */
final class ActionWaiter {

  /** A call that has lasted for so long waits. */
  private static final long WAITS_NANOS = 50_000_000;

  private static final Duration LOOK = Duration.ofMillis(5);

  private final Endpoint endpoint;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile long calls;
  private volatile Object end = "it goes on";
  private final Thread thread;

  private ActionWaiter(Endpoint endpoint) {
    this.endpoint = endpoint;
    thread =
        Thread.ofPlatform().daemon().name("conformance-action").unstarted(this::waitForActions);
  }

  static ActionWaiter start(Endpoint endpoint) {
    ActionWaiter waiter = new ActionWaiter(endpoint);
    waiter.thread.start();
    return waiter;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // by this thread alone
  private void waitForActions() {
    try {
      while (true) {
        calls++;
        EndpointAction unused = endpoint.waitForEndpointAction();
      }
    } catch (InterruptedException | RuntimeException | ContractViolation e) {
      end = e;
    } finally {
      ended.countDown();
    }
  }

  /**
   * Waits until the thread waits for an action, and no longer takes those that were there before.
   *
   * @param patience how long at most; an endpoint may have one action after the other
   */
  void awaitWait(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    long seen = 0;
    long since = System.nanoTime();
    while (System.nanoTime() < deadline && !awaitEnd(LOOK)) {
      long now = calls;
      if (now != seen) {
        seen = now;
        since = System.nanoTime();
      } else if (seen > 0 && System.nanoTime() - since >= WAITS_NANOS) {
        return;
      }
    }
  }

  void interrupt() {
    thread.interrupt();
  }

  /** Whether the thread has ended, or does in time. */
  boolean awaitEnd(Duration time) throws InterruptedException {
    return ended.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What ended it, or a sentence. */
  Object end() {
    return end;
  }
}
