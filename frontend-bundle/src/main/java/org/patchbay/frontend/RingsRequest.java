package org.patchbay.frontend;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

/**
 * One {@link NicEngine#changeRings} on its way from the frontend to the coordinator. Either the
 * coordinator begins it or the frontend gives it up, never both:
 *
 * <pre>
 *   WAITING --begin()--> BEGUN --apply()--> MADE --end()--> the frontend goes on
 *      |                   `------ end() ----------------> it is told that nothing was changed
 *      `---- time out, interrupt, refuse() ----> DROPPED
 * </pre>
 */
final class RingsRequest {

  private static final int WAITING = 0;
  private static final int BEGUN = 1;
  private static final int MADE = 2;
  private static final int DROPPED = 3;

  private final Withdrawal withdrawal;
  private final RingChange change;
  private final AtomicInteger state = new AtomicInteger(WAITING);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean refused;
  private volatile @Nullable Throwable thrown;

  RingsRequest(Withdrawal withdrawal, RingChange change) {
    this.withdrawal = withdrawal;
    this.change = change;
  }

  Withdrawal withdrawal() {
    return withdrawal;
  }

  // ---- the coordinator's side ----

  /** Whether the change is still wanted; if so, it is to be made and ended. */
  boolean begin() {
    return state.compareAndSet(WAITING, BEGUN);
  }

  /** Makes the change; what it throws is the frontend's to see. */
  @SuppressWarnings("CatchingUnchecked") // a frontend's, which gets it back
  void apply(RestingRings rings) {
    state.set(MADE);
    try {
      change.apply(rings);
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
  }

  /** Lets the frontend go on; without {@link #apply} it is told that nothing was changed. */
  void end() {
    ended.countDown();
  }

  /** Refuses the change, as the engine is closed. */
  void refuse() {
    if (state.compareAndSet(WAITING, DROPPED)) {
      refused = true;
      ended.countDown();
    }
  }

  // ---- the frontend's side ----

  /**
   * Posts the request and waits for its end.
   *
   * @param nic for sentences
   */
  void await(String nic, Consumer<RingsRequest> mailbox, long timeoutMillis)
      throws EndpointException, InterruptedException {
    mailbox.accept(this);
    boolean interrupted = false;
    try {
      boolean inTime = false;
      try {
        inTime = ended.await(timeoutMillis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        if (state.compareAndSet(WAITING, DROPPED)) {
          throw e;
        }
        interrupted = true;
      }
      if (!inTime) {
        if (state.compareAndSet(WAITING, DROPPED)) {
          throw new EndpointException(
              EndpointError.TIMED_OUT, "the coordinator of NIC " + nic + " does not answer");
        }
        // It has begun, so it will end: nothing in it waits without a bound.
        interrupted |= awaitEnd();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (refused) {
      throw new EndpointException(EndpointError.CLOSED, "the engine of NIC " + nic);
    }
    if (state.get() != MADE) {
      throw new EndpointException(
          EndpointError.BACKEND_FAILED,
          "the rings of NIC " + nic + " could not be brought to rest, so nothing was changed");
    }
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {}
    }
  }

  /** Waits for the end; whether an interrupt came meanwhile. */
  private boolean awaitEnd() {
    boolean interrupted = false;
    while (true) {
      try {
        ended.await();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }
}
