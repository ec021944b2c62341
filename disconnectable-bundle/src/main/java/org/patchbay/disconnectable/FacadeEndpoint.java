package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
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

  private static final String CAPABILITIES = "capability call";
  private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Lease lease;
  private final OperatorLog log;
  private final Consumer<String> onAbandoned;
  private final PlugLife life = new PlugLife();
  private final VendorCall call;
  private final List<FacadeQueue> queues = new CopyOnWriteArrayList<>();
  // Of an abandoned plug: those that the vendor did not get to close yet.
  private final List<FacadeQueue> unclosed = new CopyOnWriteArrayList<>();
  // The calls of which operators know that they fail.
  private final Set<String> reported = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AtomicBoolean abandoned = new AtomicBoolean();
  private final AtomicBoolean waiting = new AtomicBoolean();
  private volatile long generation;
  private volatile @Nullable Capabilities capabilities;
  private volatile String abandonedWhy = "";
  private volatile boolean opened;
  private volatile boolean departing;
  // Which call took so long since the last opening that it was interrupted, and if a second did.
  private volatile @Nullable String slow;
  private volatile boolean tooSlow;
  // Whether a stop has ended since the last opening.
  private volatile boolean stopped;
  // Used within a vendor call only, which publishes them.
  private boolean stopDue = true;
  private int vendorsOpen;

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
    departing = false;
    return life.go(PlugLife.State.RESTING, PlugLife.State.LIVE);
  }

  /**
   * Another plug is current from now on: the close of the last queue has the endpoint stopped at
   * once, so that guests wait for one hand-over less before {@link #rest}.
   */
  void depart() {
    departing = true;
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
    life.interruptVisits(null);
  }

  /** Whether the calling thread is inside a call of this endpoint and so can't wait for its end. */
  boolean isInsideHere() {
    return callHere() != null;
  }

  /** The call of this endpoint that the calling thread is inside of, or null. */
  @Nullable String callHere() {
    Thread here = Thread.currentThread();
    for (FacadeQueue queue : queues) {
      if (queue.gate().inside() == here) {
        return "a call of its queue";
      }
    }
    String visit = life.visitOf(here);
    return visit == null ? call.of(here) : visit;
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
    abandon(why, false);
  }

  /** As {@link #abandon(String)}; {@code known} if operators have a record of the cause. */
  private void abandon(String why, boolean known) {
    boolean first = abandoned.compareAndSet(false, true);
    if (first) {
      abandonedWhy = why;
    }
    lease.abandon();
    for (FacadeQueue queue : queues) {
      queue.gate().advance(Gate.FORCED);
    }
    life.retire();
    if (first) {
      String sentence = described() + " was abandoned: " + why;
      if (known) {
        log.info(sentence);
      } else {
        log.error(sentence);
      }
      onAbandoned.accept(sentence);
    }
  }

  /** Notes who is still in a method, or any if null, as stuck until they return. */
  void giveUpVisits(@Nullable String what, StuckThreads stuck, String holder) {
    life.giveUpVisits(
        what,
        visitor -> {
          StuckThreads.Entry entry =
              new StuckThreads.Entry(
                  visitor.thread, visitor.call, name(), lease.origin(), holder, visitor.since);
          stuck.add(entry);
          return entry;
        });
  }

  /**
   * Gives an abandoned object back, if by now nobody is inside it: closes what it did not close,
   * and stops it. An errand does this now and then.
   *
   * @return whether there is nothing left to be done
   */
  boolean recover() {
    if (isLeaving()) {
      return true; // the framework has taken it back
    }
    unclosed.addAll(queues);
    queues.clear();
    life.interruptVisits(null); // a new wait may have begun where the old one went unheard
    if (!call.isFree()
        || life.isVisited()
        || unclosed.stream().anyMatch(queue -> queue.gate().inside() != null)) {
      return false;
    }
    try {
      for (FacadeQueue queue : unclosed) {
        unclosed.remove(queue);
        callLogged(List.of(closing(queue)));
      }
      if (opened) {
        callLogged(List.of(stopping(() -> true)));
      }
    } catch (VendorCall.StuckException e) {
      return false;
    }
    lease.recover();
    lease.unget();
    lease.unclaim();
    log.info(described() + " came free after all and was given back");
    return true;
  }

  // ---- control calls ----

  /** Asks for the capabilities. */
  Capabilities ask() throws EndpointException {
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
          stopped = false;
          opened = true;
          slow = null;
          tooSlow = false;
          return wrap(lease.endpoint().getQueues(configs, rss), configs.size());
        });
  }

  private List<Queue> wrap(@Nullable List<Queue> opened, int wanted) throws EndpointException {
    List<FacadeQueue> wrapped = new ArrayList<>(wanted);
    List<Queue> given = List.of();
    try {
      given = OpenedQueues.copy(opened, wanted, this::closeVendors);
      for (Queue queue : given) {
        QueueStatistics statistics = queue.statistics();
        if (statistics == null) {
          throw new IllegalStateException("a queue's statistics() is null");
        }
        wrapped.add(new FacadeQueue(this, queue, statistics));
      }
    } catch (Throwable e) { // a vendor's
      given.forEach(this::closeVendors);
      throw new EndpointException(
          EndpointError.BACKEND_FAILED,
          "getQueues of " + described() + ": " + VendorFault.describe(e),
          VendorFault.of(e));
    }
    if (isAbandoned()) {
      unclosed.addAll(wrapped); // nobody waits for them any more
      throw abandonedException();
    }
    vendorsOpen = wrapped.size();
    queues.addAll(wrapped);
    // In the list first: who marks all gates from now on finds these.
    int state = isAbandoned() ? Gate.FORCED : isLeaving() ? Gate.LEAVING : Gate.OPEN;
    wrapped.forEach(queue -> queue.gate().advance(state));
    return List.copyOf(wrapped);
  }

  private void closeVendors(Queue queue) {
    try {
      queue.close();
    } catch (Throwable e) { // a vendor's
      report("close", "close of a queue of " + described() + " threw " + VendorFault.describe(e));
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
    if (isAbandoned()) {
      // Nothing of the vendor's is called, so there is nobody to wait for: many queues that are
      // stuck cost no more than one.
      cutOff(queue);
      return;
    }
    if (!gate.close(System.nanoTime() + DRAIN_NANOS)) {
      gate.interruptInside();
      if (!gate.close(System.nanoTime() + DRAIN_NANOS)) {
        // The engine, which gave its worker up, may have told of it.
        abandon("a call of its queue does not return", failed.get());
      }
    }
    abandonIfSlow();
    if (isAbandoned() || gate.state() == Gate.FORCED) {
      cutOff(queue);
      return;
    }
    inVendorLogged(
        List.of(closing(queue), stopping(() -> departing && vendorsOpen == 0 && isSound())));
  }

  /** Leaves a queue of an abandoned plug to whoever may be inside. */
  private void cutOff(FacadeQueue queue) {
    queue.gate().advance(Gate.FORCED);
    queue.gate().interruptInside();
    call.leaveInside(queue.gate());
    unclosed.add(queue);
  }

  private boolean isSound() {
    return !tooSlow && !isAbandoned();
  }

  private VendorCall.Step closing(FacadeQueue queue) {
    return new VendorCall.Step(
        "close",
        () -> true,
        () -> {
          vendorsOpen--;
          queue.vendor().close();
        });
  }

  private VendorCall.Step stopping(BooleanSupplier due) {
    return new VendorCall.Step("stop", due, this::stopOnce);
  }

  /** Stops the endpoint if it was not stopped since it was last opened. */
  private void stop() {
    if (stopped) {
      return;
    }
    abandonIfSlow();
    if (!isAbandoned()) {
      inVendorLogged(List.of(stopping(() -> true)));
    }
  }

  /**
   * One slow call that heeds its interrupt is borne, and what is due after it called all the same.
   * After a second one the plug is cut off, as many would end it second by second.
   */
  private void abandonIfSlow() {
    String call = slow;
    if (tooSlow && call != null) {
      abandon(
          "its " + call + " took more than 1 s, as a call before it did", reported.contains(call));
    }
  }

  private void stopOnce() {
    if (stopDue) {
      stopDue = false;
      try {
        lease.endpoint().stop();
      } finally {
        stopped = true;
      }
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

  private void inVendorLogged(List<VendorCall.Step> steps) {
    try {
      callLogged(steps);
    } catch (VendorCall.StuckException e) {
      abandon(String.valueOf(e.getMessage()));
    }
  }

  private void callLogged(List<VendorCall.Step> steps) throws VendorCall.StuckException {
    try {
      call.runEach(steps, this::ended);
    } catch (EndpointException e) {
      report(steps.getFirst().call(), e.getMessage());
    }
  }

  /** A close or stop has ended. On the call's thread. */
  private void ended(String what, boolean interrupted, @Nullable EndpointException failure) {
    if (interrupted) {
      tooSlow = slow != null;
      slow = what;
    }
    if (failure != null) {
      report(what, failure.getMessage());
    }
  }

  /** Tells operators of a call that failed, once for each call of a plug. */
  void report(String what, String sentence) {
    // A stop that fails after a close did is the same fault: the queue is still open.
    if (reported.add(what) && !(what.equals("stop") && reported.contains("close"))) {
      log.error(sentence);
    }
  }

  private <T> T inVendor(String what, VendorCall.Body<T> body) throws EndpointException {
    if (isAbandoned()) {
      throw abandonedException();
    }
    try {
      return call.run(what, body);
    } catch (VendorCall.StuckException e) {
      abandon(String.valueOf(e.getMessage()));
      throw abandonedException();
    }
  }

  private EndpointException abandonedException() {
    return new EndpointException(
        EndpointError.BACKEND_FAILED, described() + " was abandoned: " + abandonedWhy);
  }

  // ---- calls beside the control calls, on threads of their own ----

  interface Visit {
    void run(Endpoint endpoint) throws InterruptedException;
  }

  /**
   * Calls the endpoint beside its control calls, as its contract allows for inspections and waits.
   * An end of the plug interrupts the visit.
   *
   * @param what the method, for operators
   * @return false if the endpoint left before; then nothing was called
   */
  boolean visit(String what, Visit visit, StuckThreads stuck) throws InterruptedException {
    PlugLife.Visitor visitor = life.beginVisit(what);
    if (visitor == null) {
      return false;
    }
    try {
      visit.run(lease.endpoint());
      return true;
    } finally {
      StuckThreads.Entry entry = life.endVisit(visitor);
      if (entry != null) {
        stuck.remove(entry);
      }
    }
  }

  /** Interrupts visits: those in one method, or all if null. */
  void endVisits(@Nullable String what) {
    life.interruptVisits(what);
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
