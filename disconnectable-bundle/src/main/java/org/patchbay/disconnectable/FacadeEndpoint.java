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
 * One plug: a vendor's endpoint object, from the moment it was leased until it is given back.
 *
 * <p>Every call into the vendor's code passes through here: one control call at a time, with what
 * it throws turned into a typed error. The plug's way:
 *
 * <pre>
 *   FREE --adopt--> LIVE --rest--> RESTING --retire--> RETIRED
 *     |               ^---revive-----'                    ^
 *     '--------------- discard, or the service leaves ----'
 * </pre>
 *
 * LIVE is current, RESTING has been stopped after its queues closed but may be current again,
 * RETIRED is over: nobody calls it any more. A service that leaves waits for RETIRED.
 */
final class FacadeEndpoint {

  enum State {
    FREE,
    LIVE,
    RESTING,
    RETIRED
  }

  private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Lease lease;
  private final OperatorLog log;
  private final Consumer<String> onAbandoned;
  private final VendorCall call = new VendorCall();
  private final List<FacadeQueue> queues = new CopyOnWriteArrayList<>();
  private final AtomicBoolean reportedFailed = new AtomicBoolean();
  private final AtomicBoolean waiting = new AtomicBoolean();
  private final Object lock = new Object();
  // Guarded by lock, on which whoever waits for the plug's end waits.
  private State state = State.FREE;
  private final List<Thread> visitors = new ArrayList<>();
  private int closing;
  private volatile boolean leaving;
  private volatile boolean abandoned;
  private volatile long generation;
  private volatile @Nullable Capabilities capabilities;
  // Used within a vendor call only, which publishes it.
  private boolean stopDue = true;

  /**
   * @param onAbandoned takes the sentence on why the plug was cut off, if that happens
   */
  FacadeEndpoint(Lease lease, OperatorLog log, Consumer<String> onAbandoned) {
    this.lease = lease;
    this.log = log;
    this.onAbandoned = onAbandoned;
  }

  Lease lease() {
    return lease;
  }

  String name() {
    return lease.name();
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
    return leaving;
  }

  boolean isAbandoned() {
    return abandoned;
  }

  boolean hasOpenQueues() {
    return !queues.isEmpty();
  }

  State state() {
    synchronized (lock) {
      return state;
    }
  }

  /** True for the first report of a failure, false for later ones. */
  boolean firstFailure() {
    return reportedFailed.compareAndSet(false, true);
  }

  boolean hasFailed() {
    return reportedFailed.get();
  }

  // ---- the plug's way ----

  /** FREE to LIVE; false if the endpoint left meanwhile. */
  boolean adopt() {
    return go(State.FREE, State.LIVE);
  }

  /** RESTING to LIVE, to be current again; false if the endpoint left meanwhile. */
  boolean revive() {
    return go(State.RESTING, State.LIVE);
  }

  /** FREE to RETIRED: it never became current. */
  void discard() {
    go(State.FREE, State.RETIRED);
  }

  private boolean go(State from, State to) {
    synchronized (lock) {
      if (state != from || (leaving && to == State.LIVE)) {
        return false;
      }
      state = to;
      lock.notifyAll();
      return true;
    }
  }

  /**
   * LIVE to RESTING: closes queues that are still open, then stops the endpoint, once since it was
   * last opened. A leaving or failed one goes on to RETIRED.
   */
  void rest() {
    closeQueues();
    if (state() == State.LIVE) {
      stop();
      go(State.LIVE, State.RESTING);
    }
    if (leaving || hasFailed()) {
      retire();
    }
  }

  /** To RETIRED, by way of whatever is missing. Any thread; a second call does nothing. */
  void retire() {
    closeQueues();
    if (state() == State.LIVE) {
      stop();
    }
    synchronized (lock) {
      state = State.RETIRED;
      lock.notifyAll();
    }
  }

  // ---- leaving ----

  /** The service leaves: no new use begins, workers may still collect. Any thread. */
  void leave() {
    synchronized (lock) {
      leaving = true;
      if (state == State.FREE || state == State.RESTING) {
        state = State.RETIRED;
        lock.notifyAll();
      }
    }
    for (FacadeQueue queue : queues) {
      queue.gate().advance(Gate.LEAVING);
    }
    endVisits();
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

  /**
   * Waits until the plug is over and nobody else is inside.
   *
   * @return false at the deadline; interrupts are kept for later
   */
  boolean awaitRetired(long deadlineNanos) {
    Thread here = Thread.currentThread();
    boolean interrupted = false;
    boolean over;
    synchronized (lock) {
      while (!(over = state == State.RETIRED && visitors.stream().allMatch(v -> v == here))) {
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
      here.interrupt();
    }
    return over;
  }

  /** Waits until all queues were closed; false at the deadline, interrupts are kept for later. */
  boolean awaitQueuesClosed(long deadlineNanos) {
    boolean interrupted = false;
    boolean over;
    synchronized (lock) {
      while (!(over = queues.isEmpty() && closing == 0)) {
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
    return over;
  }

  /**
   * Cuts the plug off although a call has not returned: every gate closes by force, and the object
   * is neither called nor given back any more. Any thread.
   */
  void abandon(String why) {
    boolean first;
    synchronized (lock) {
      first = !abandoned;
      abandoned = true;
    }
    lease.abandon();
    for (FacadeQueue queue : queues) {
      queue.gate().advance(Gate.FORCED);
    }
    synchronized (lock) {
      state = State.RETIRED;
      lock.notifyAll();
    }
    if (first) {
      String sentence = "Endpoint " + name() + " of " + lease.origin() + " was abandoned: " + why;
      log.error(sentence + ".");
      onAbandoned.accept(sentence);
    }
  }

  // ---- control calls ----

  /** Asks for the capabilities. */
  Capabilities ask() throws EndpointException {
    Capabilities answer = inVendor("a capability", () -> Capabilities.of(lease.endpoint()));
    capabilities = answer;
    return answer;
  }

  /** Opens the queues and answers facades of them. */
  List<Queue> open(List<QueueConfig> configs, @Nullable RssConfig rss) throws EndpointException {
    return inVendor(
        "getQueues",
        () -> {
          if (state() != State.LIVE) {
            throw new EndpointException(EndpointError.GONE, "endpoint " + name());
          }
          stopDue = true;
          List<Queue> opened = lease.endpoint().getQueues(configs, rss);
          return wrap(opened, configs.size());
        });
  }

  private List<Queue> wrap(@Nullable List<Queue> opened, int wanted) throws EndpointException {
    List<FacadeQueue> wrapped = new ArrayList<>(wanted);
    @Nullable Throwable cause = null;
    String fault = "";
    if (opened == null || opened.size() != wanted) {
      fault =
          "getQueues answered "
              + (opened == null ? "null" : opened.size() + " queues")
              + " where "
              + wanted
              + " were asked for";
    } else {
      try {
        for (Queue queue : opened) {
          // A queue of null fails here as well.
          QueueStatistics statistics = queue.statistics();
          if (statistics == null) {
            throw new NullPointerException("statistics() is null");
          }
          wrapped.add(new FacadeQueue(this, queue, statistics));
        }
      } catch (Throwable e) { // a vendor's
        cause = e;
        fault = "a queue is unusable, " + e;
      }
    }
    if (fault.isEmpty()) {
      queues.addAll(wrapped);
      if (leaving) {
        wrapped.forEach(queue -> queue.gate().advance(Gate.LEAVING));
      }
      if (abandoned) {
        wrapped.forEach(queue -> queue.gate().advance(Gate.FORCED));
      }
      return List.copyOf(wrapped);
    }
    if (opened != null) {
      for (Queue queue : opened) {
        closeVendors(queue);
      }
    }
    throw new EndpointException(
        EndpointError.BACKEND_FAILED,
        "endpoint " + name() + " of " + lease.origin() + ": " + fault,
        cause);
  }

  private void closeVendors(@Nullable Queue queue) {
    try {
      if (queue != null) {
        queue.close();
      }
    } catch (Throwable e) { // a vendor's
      log.error(
          "A queue of endpoint " + name() + " of " + lease.origin() + " failed to close: " + e);
    }
  }

  /**
   * Closes one queue: shuts its gate, lets the call that may be inside return, then closes the
   * vendor's. A call that does not return, even interrupted, has the plug abandoned.
   */
  void closeQueue(FacadeQueue queue) {
    synchronized (lock) {
      closing++;
    }
    try {
      if (queues.remove(queue)) {
        closeOnce(queue);
      }
    } finally {
      synchronized (lock) {
        closing--;
        lock.notifyAll();
      }
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
    if (abandoned || gate.state() == Gate.FORCED) {
      return;
    }
    try {
      inVendor(
          "close",
          () -> {
            closeVendors(queue.vendor());
            return this;
          });
    } catch (EndpointException e) {
      log.error(e.getMessage());
    }
  }

  private void closeQueues() {
    for (FacadeQueue queue : queues) {
      closeQueue(queue);
    }
  }

  /** Stops the endpoint if it was not stopped since it was last opened. */
  void stop() {
    if (abandoned) {
      return;
    }
    try {
      inVendor(
          "stop",
          () -> {
            if (stopDue) {
              stopDue = false;
              lease.endpoint().stop();
            }
            return this;
          });
    } catch (EndpointException e) {
      log.error(e.getMessage());
    }
  }

  void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    inVendor(
        "setDataPathToGuestVf",
        () -> {
          lease.endpoint().setDataPathToGuestVf(useVf);
          return this;
        });
  }

  boolean getDataPathToGuestVf() throws EndpointException {
    return inVendor("getDataPathToGuestVf", () -> lease.endpoint().getDataPathToGuestVf());
  }

  private interface Body<T> {
    T run() throws EndpointException;
  }

  private <T> T inVendor(String what, Body<T> body) throws EndpointException {
    if (abandoned) {
      throw new EndpointException(EndpointError.GONE, "endpoint " + name() + " was abandoned");
    }
    if (!call.begin(what, System.nanoTime() + VendorCall.LIMIT_NANOS + DRAIN_NANOS)) {
      abandon("its " + what + " can't be called, as another call does not return");
      throw new EndpointException(EndpointError.GONE, "endpoint " + name() + " was abandoned");
    }
    try {
      return body.run();
    } catch (EndpointException e) {
      throw e;
    } catch (Throwable e) { // a vendor's; even an Error must not reach the coordinator
      throw new EndpointException(
          EndpointError.BACKEND_FAILED,
          what + " of endpoint " + name() + " of " + lease.origin() + " threw " + e,
          e);
    } finally {
      call.end();
    }
  }

  /** Interrupts a control call that takes too long; an errand does this now and then. */
  void interruptOverdue(long nowNanos) {
    String overdue = call.interruptOverdue(nowNanos);
    if (overdue != null) {
      log.error(
          "Endpoint "
              + name()
              + " of "
              + lease.origin()
              + " was interrupted, as its "
              + overdue
              + " did not return within "
              + TimeUnit.NANOSECONDS.toSeconds(VendorCall.LIMIT_NANOS)
              + " s.");
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
    Thread here = Thread.currentThread();
    synchronized (lock) {
      if (leaving || state == State.RETIRED) {
        return false;
      }
      visitors.add(here);
    }
    try {
      visit.run(lease.endpoint());
      return true;
    } finally {
      synchronized (lock) {
        visitors.remove(here);
        lock.notifyAll();
      }
    }
  }

  /** Whether the caller becomes the only thread that waits for the endpoint's actions. */
  boolean beginWaiting() {
    return waiting.compareAndSet(false, true);
  }

  void endWaiting() {
    waiting.set(false);
  }

  /** Interrupts all visits. */
  void endVisits() {
    synchronized (lock) {
      // Within the lock, so that a visitor that has just left is not hit in its next errand.
      visitors.forEach(Thread::interrupt);
    }
  }

  void inspect(InspectNode node) {
    node.value("endpoint", name());
    node.value("origin", lease.origin());
    node.value("generation", generation);
    node.value("leaving", leaving);
  }
}
