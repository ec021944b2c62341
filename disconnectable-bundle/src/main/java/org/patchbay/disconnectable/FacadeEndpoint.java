package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RssConfig;

/**
 * One plug: a vendor's endpoint object, from the moment it was leased until it is given back. Every
 * call into the vendor's code passes through here or through a {@link FacadeQueue}: one control
 * call at a time, with what it throws turned into a typed error. {@link PlugLife} draws its way.
 */
final class FacadeEndpoint {

  private static final String CAPABILITIES = "a capability";
  private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Lease lease;
  private final OperatorLog log;
  private final Consumer<String> onAbandoned;
  private final PlugLife life = new PlugLife();
  private final VendorCall call;
  private final List<FacadeQueue> queues = new CopyOnWriteArrayList<>();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AtomicBoolean abandoned = new AtomicBoolean();
  private final AtomicBoolean waiting = new AtomicBoolean();
  private volatile long generation;
  private volatile @Nullable Capabilities capabilities;
  // Used within a vendor call only, which publishes it.
  private boolean stopDue = true;

  /**
   * @param call runs the control calls of this plug alone
   * @param onAbandoned takes the sentence on why the plug was cut off, if that happens
   */
  FacadeEndpoint(Lease lease, VendorCall call, OperatorLog log, Consumer<String> onAbandoned) {
    this.lease = lease;
    this.call = call;
    this.log = log;
    this.onAbandoned = onAbandoned;
  }

  Lease lease() {
    return lease;
  }

  String name() {
    return lease.name();
  }

  /** Name and origin, for operators' sentences. */
  String described() {
    return "endpoint " + name() + " of " + lease.origin();
  }

  /** Number of the plug, 0 before it was ever current. */
  long generation() {
    return generation;
  }

  void setGeneration(long number) {
    generation = number;
  }

  /** What the endpoint said of itself when it was last asked. */
  Capabilities capabilities() {
    Capabilities known = capabilities;
    if (known == null) {
      throw new IllegalStateException("endpoint " + name() + " was never asked");
    }
    return known;
  }

  boolean isLeaving() {
    return life.isLeaving();
  }

  boolean isAbandoned() {
    return abandoned.get();
  }

  boolean isRetired() {
    return life.state() == PlugLife.State.RETIRED;
  }

  boolean hasOpenQueues() {
    return !queues.isEmpty();
  }

  /** True for the first report of a failure, false for later ones. */
  boolean firstFailure() {
    return failed.compareAndSet(false, true);
  }

  // ---- the plug's way ----

  /** Becomes current for the first time; false if the service left meanwhile. */
  boolean adopt() {
    return life.go(PlugLife.State.FREE, PlugLife.State.LIVE);
  }

  /** Becomes current again after it rested; false if it did not rest, or the service left. */
  boolean revive() {
    return life.go(PlugLife.State.RESTING, PlugLife.State.LIVE);
  }

  /** Ends a plug that never became current. */
  void discard() {
    life.go(PlugLife.State.FREE, PlugLife.State.RETIRED);
  }

  /**
   * Closes queues that are still open, then stops the endpoint, once since it was last opened. A
   * plug that leaves or has failed is over then; another may be revived.
   */
  void rest() {
    letGo();
    life.go(PlugLife.State.LIVE, PlugLife.State.RESTING);
    if (isLeaving() || failed.get()) {
      life.retire();
    }
  }

  /** As {@link #rest}, for good. Any thread; a second call does nothing. */
  void retire() {
    letGo();
    life.retire();
  }

  private void letGo() {
    for (FacadeQueue queue : queues) {
      closeQueue(queue);
    }
    if (life.state() == PlugLife.State.LIVE) {
      stop();
    }
  }

  /** The service leaves: no new use begins, workers may still collect. Any thread. */
  void leave() {
    life.leave();
    for (FacadeQueue queue : queues) {
      queue.gate().advance(Gate.LEAVING);
    }
    life.interruptVisits();
  }

  /** Whether the calling thread is inside a call of this endpoint and so can't wait for its end. */
  boolean isInsideHere() {
    Thread here = Thread.currentThread();
    if (call.isInside(here)) {
      return true;
    }
    for (FacadeQueue queue : queues) {
      if (queue.gate().inside() == here) {
        return true;
      }
    }
    return false;
  }

  /** See {@link PlugLife#awaitRetired}. */
  boolean awaitRetired(long deadlineNanos) {
    return life.awaitRetired(deadlineNanos);
  }

  /** Waits until all queues were closed; false at the deadline. */
  boolean awaitQueuesClosed(long deadlineNanos) {
    return life.awaitClosed(queues::isEmpty, deadlineNanos);
  }

  /**
   * Cuts the plug off although a call has not returned: every gate closes by force, and the object
   * is neither called nor given back any more. Any thread.
   */
  void abandon(String why) {
    boolean first = abandoned.compareAndSet(false, true);
    lease.abandon();
    for (FacadeQueue queue : queues) {
      queue.gate().advance(Gate.FORCED);
    }
    life.retire();
    if (first) {
      String sentence = described() + " was abandoned: " + why;
      log.error(sentence);
      onAbandoned.accept(sentence);
    }
  }

  // ---- control calls ----

  /** Asks for the capabilities, on the calling thread, which is not the coordinator. */
  Capabilities ask() throws EndpointException {
    try {
      return keep(call.runHere(CAPABILITIES, () -> Capabilities.of(lease.endpoint())));
    } catch (VendorCall.StuckException e) {
      throw stuck(e);
    }
  }

  /** Asks for the capabilities again. */
  Capabilities askAgain() throws EndpointException {
    return keep(inVendor(CAPABILITIES, () -> Capabilities.of(lease.endpoint())));
  }

  private Capabilities keep(Capabilities answer) {
    capabilities = answer;
    return answer;
  }

  /** Opens the queues and answers facades of them. */
  List<Queue> open(List<QueueConfig> configs, @Nullable RssConfig rss) throws EndpointException {
    return inVendor(
        "getQueues",
        () -> {
          if (isLeaving() || life.state() != PlugLife.State.LIVE) {
            throw new EndpointException(EndpointError.GONE, "endpoint " + name());
          }
          stopDue = true;
          return wrap(lease.endpoint().getQueues(configs, rss), configs.size());
        });
  }

  private List<Queue> wrap(@Nullable List<Queue> opened, int wanted) throws EndpointException {
    List<FacadeQueue> wrapped = new ArrayList<>(wanted);
    try {
      if (opened == null || opened.size() != wanted) {
        throw new IllegalStateException(
            "it answered "
                + (opened == null ? "null" : opened.size() + " queues")
                + " where "
                + wanted
                + " were asked for");
      }
      for (Queue queue : opened) {
        // A queue of null fails here as well.
        QueueStatistics statistics = queue.statistics();
        if (statistics == null) {
          throw new IllegalStateException("a queue's statistics() is null");
        }
        wrapped.add(new FacadeQueue(this, queue, statistics));
      }
    } catch (Throwable e) { // a vendor's
      if (opened != null) {
        opened.forEach(this::closeVendors);
      }
      throw new EndpointException(
          EndpointError.BACKEND_FAILED, "getQueues of " + described() + ": " + e, e);
    }
    queues.addAll(wrapped);
    // In the list first: who marks all gates from now on finds these.
    int state = isAbandoned() ? Gate.FORCED : isLeaving() ? Gate.LEAVING : Gate.OPEN;
    wrapped.forEach(queue -> queue.gate().advance(state));
    return List.copyOf(wrapped);
  }

  private void closeVendors(@Nullable Queue queue) {
    try {
      if (queue != null) {
        queue.close();
      }
    } catch (Throwable e) { // a vendor's
      log.error("a queue of " + described() + " failed to close: " + e);
    }
  }

  /**
   * Closes one queue: shuts its gate, lets the call that may be inside return, then closes the
   * vendor's. A call that does not return, even interrupted, has the plug abandoned.
   */
  void closeQueue(FacadeQueue queue) {
    life.beginClosing();
    try {
      if (queues.remove(queue)) {
        closeOnce(queue);
      }
    } finally {
      life.endClosing();
    }
  }

  private void closeOnce(FacadeQueue queue) {
    Gate gate = queue.gate();
    if (!gate.close(System.nanoTime() + DRAIN_NANOS)) {
      gate.interruptInside();
      if (!gate.close(System.nanoTime() + DRAIN_NANOS)) {
        gate.advance(Gate.FORCED);
        abandon("a call of its queue does not return");
      }
    }
    if (isAbandoned() || gate.state() == Gate.FORCED) {
      return;
    }
    inVendorLogged("close", () -> closeVendors(queue.vendor()));
  }

  /** Stops the endpoint if it was not stopped since it was last opened. */
  private void stop() {
    if (!isAbandoned()) {
      inVendorLogged(
          "stop",
          () -> {
            if (stopDue) {
              stopDue = false;
              lease.endpoint().stop();
            }
          });
    }
  }

  void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    inVendor(
        "setDataPathToGuestVf",
        () -> {
          lease.endpoint().setDataPathToGuestVf(useVf);
          return useVf;
        });
  }

  boolean getDataPathToGuestVf() throws EndpointException {
    return inVendor("getDataPathToGuestVf", () -> lease.endpoint().getDataPathToGuestVf());
  }

  private void inVendorLogged(String what, Runnable body) {
    try {
      inVendor(
          what,
          () -> {
            body.run();
            return what;
          });
    } catch (EndpointException e) {
      log.error(e.getMessage());
    }
  }

  private <T> T inVendor(String what, VendorCall.Body<T> body) throws EndpointException {
    if (isAbandoned()) {
      throw abandonedException();
    }
    try {
      return call.run(what, body);
    } catch (VendorCall.StuckException e) {
      throw stuck(e);
    }
  }

  private EndpointException stuck(VendorCall.StuckException e) {
    abandon(String.valueOf(e.getMessage()));
    return abandonedException();
  }

  private EndpointException abandonedException() {
    return new EndpointException(
        EndpointError.BACKEND_FAILED, described() + " was abandoned, as a call does not return");
  }

  /** Interrupts a control call that takes too long; an errand does this now and then. */
  void interruptOverdue(long nowNanos) {
    String overdue = call.interruptOverdue(nowNanos);
    if (overdue != null) {
      log.error(
          described()
              + " was interrupted, as its "
              + overdue
              + " did not return within "
              + TimeUnit.NANOSECONDS.toSeconds(VendorCall.LIMIT_NANOS)
              + " s");
    }
  }

  // ---- calls beside the control calls, on threads of their own ----

  interface Visit {
    void run(Endpoint endpoint) throws InterruptedException;
  }

  /**
   * Calls the endpoint beside its control calls, as its contract allows for inspections and waits.
   * An end of the plug interrupts the visit.
   *
   * @return false if the endpoint left before; then nothing was called
   */
  boolean visit(Visit visit) throws InterruptedException {
    if (!life.beginVisit()) {
      return false;
    }
    try {
      visit.run(lease.endpoint());
      return true;
    } finally {
      life.endVisit();
    }
  }

  /** Interrupts all visits. */
  void endVisits() {
    life.interruptVisits();
  }

  /** Whether the caller becomes the only thread that waits for the endpoint's actions. */
  boolean beginWaiting() {
    return waiting.compareAndSet(false, true);
  }

  void endWaiting() {
    waiting.set(false);
  }

  void inspect(InspectNode node) {
    node.value("endpoint", name());
    node.value("origin", lease.origin());
    node.value("generation", generation);
    node.value("leaving", isLeaving());
  }
}
