package org.patchbay.disconnectable;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.patchbay.api.InspectNode;

/**
 * Asks one plugged endpoint to describe itself, on a thread of its own, one time at a time. Any
 * thread.
 */
final class Inspection {

  private static final long LIMIT_MILLIS = 1000;
  private static final long GRACE_MILLIS = 250;
  private static final int MOST_ENTRIES = 1024;

  private final FacadeEndpoint plug;
  private final String holder;
  private final CallThreads threads;
  private final StuckThreads stuck;
  private final Semaphore turn = new Semaphore(1);

  Inspection(FacadeEndpoint plug, String holder, CallThreads threads, StuckThreads stuck) {
    this.plug = plug;
    this.holder = holder;
    this.threads = threads;
    this.stuck = stuck;
  }

  boolean isOf(FacadeEndpoint other) {
    return plug == other;
  }

  /** Writes the endpoint's description, or a sentence on why there is none. */
  void write(InspectNode node) {
    try {
      if (!turn.tryAcquire(LIMIT_MILLIS, TimeUnit.MILLISECONDS)) {
        node.value(
            "inspection", "endpoint " + plug.name() + " has not answered an earlier one yet");
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      node.value("inspection", "the inspection was interrupted");
      return;
    }
    // A tree of its own: who does not answer in time may still be writing to it.
    InspectNode answer = new InspectNode(MOST_ENTRIES);
    CallThreads.Call<Boolean> visit =
        threads.start(
            () -> {
              try {
                return plug.visit("inspect", endpoint -> endpoint.inspect(answer), stuck);
              } finally {
                turn.release();
              }
            });
    if (!visit.await(later(LIMIT_MILLIS))) {
      plug.endVisits("inspect");
      if (!visit.await(later(GRACE_MILLIS))) {
        plug.giveUpVisits("inspect", stuck, holder);
        plug.report("inspect", "inspect of " + plug.described() + " does not return");
      }
      node.value(
          "inspection",
          "endpoint " + plug.name() + " did not answer within " + LIMIT_MILLIS + " ms");
      return;
    }
    try {
      if (visit.result()) {
        node.addAll(answer);
      } else {
        node.value("inspection", "endpoint " + plug.name() + " has left");
      }
    } catch (Throwable e) { // a vendor's
      String thrown = VendorFault.describe(e);
      node.value("inspection", "endpoint " + plug.name() + " threw " + thrown);
      plug.report("inspect", "inspect of " + plug.described() + " threw " + thrown);
    }
  }

  private static long later(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
