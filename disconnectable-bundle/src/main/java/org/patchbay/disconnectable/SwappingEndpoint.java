package org.patchbay.disconnectable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.RestartReport;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/**
 * The endpoint that an engine's coordinator drives; it applies updates from the mailbox and passes
 * everything else to the plug that is current. What is not marked otherwise belongs to the
 * coordinator's thread.
 *
 * <p>Between {@link #awaitAction} answering RestartRequired and {@link #getQueues} returning,
 * guests wait. So nothing there calls the framework, starts a thread, logs, or tells anybody: the
 * requester prepared the plug before, and {@link #finishTransition} does the rest afterwards.
 */
final class SwappingEndpoint implements DisconnectableEndpoint {

  private static final EndpointAction RESTART = new EndpointAction.RestartRequired();

  private final String nic;
  private final boolean followLink;
  private final PlugSet plugs;
  private final FailoverPolicy policy;
  private final Mailbox mailbox;
  private final VendorThreads vendors;
  private final Errands errands;
  private final OperatorLog log;
  private final Consumer<SwapRecord> publisher;
  private final LivePlug live;
  private final SubstituteSearch search;
  private final SwapHistory history = new SwapHistory();
  private @Nullable Transition transition;
  private boolean opened;
  private boolean waiterDue;
  private boolean guestLinkUp = true;
  private final AtomicReference<@Nullable Inspection> inspection = new AtomicReference<>();
  private volatile @Nullable Thread coordinator;
  private volatile boolean closed;

  /**
   * @param publisher takes a record of each transition and tells of it by an errand
   */
  SwappingEndpoint(
      String nic,
      boolean followLink,
      PlugSet plugs,
      FailoverPolicy policy,
      Mailbox mailbox,
      VendorThreads vendors,
      Errands errands,
      OperatorLog log,
      Consumer<SwapRecord> publisher) {
    this.nic = nic;
    this.followLink = followLink;
    this.plugs = plugs;
    this.policy = policy;
    this.mailbox = mailbox;
    this.vendors = vendors;
    this.errands = errands;
    this.log = log;
    this.publisher = publisher;
    live = new LivePlug(nic, policy, vendors, log);
    search = new SubstituteSearch(plugs, mailbox);
  }

  // ---- for any thread ----

  LivePlug live() {
    return live;
  }

  SwapHistory history() {
    return history;
  }

  /** Whether the calling thread is the coordinator, which then can't be waited for. */
  boolean isCoordinatorHere() {
    return coordinator == Thread.currentThread();
  }

  @Override
  public long generation() {
    return live.generation();
  }

  @Override
  public String plugged() {
    return live.isFallback() ? "the fallback" : live.current().described();
  }

  @Override
  public boolean isFallback() {
    return live.isFallback();
  }

  @Override
  public String endpointType() {
    return live.current().capabilities().type();
  }

  @Override
  public boolean isOrdered() {
    return live.known().ordered();
  }

  @Override
  public TxOffloadSupport txOffloadSupport() {
    return live.known().offloads();
  }

  @Override
  public boolean carriesVlan() {
    return live.known().carriesVlan();
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return live.known().multiQueue();
  }

  @Override
  public boolean txFastCompletions() {
    return live.known().fastCompletions();
  }

  @Override
  public long linkSpeed() {
    return live.known().linkSpeed();
  }

  @Override
  public void inspect(InspectNode node) {
    inspection(live.current()).write(node);
  }

  /** The one way to inspect a plug, as that goes one at a time. */
  private Inspection inspection(FacadeEndpoint plug) {
    Inspection present = inspection.get();
    if (present == null || !present.isOf(plug)) {
      Inspection fresh = new Inspection(plug, nic, vendors.threads(), vendors.stuck());
      if (inspection.compareAndSet(present, fresh)) {
        return fresh;
      }
      return inspection(plug);
    }
    return present;
  }

  @Override
  public void wakeAwait() {
    mailbox.wake();
  }

  @Override
  public void failed(long failedGeneration, String cause) {
    FacadeEndpoint plug = live.current();
    if (plug.generation() == failedGeneration) {
      failed(plug, cause);
    }
  }

  private void failed(FacadeEndpoint plug, String cause) {
    if (!live.isFallback(plug) && plug.firstFailure()) {
      policy.distrust(plug.lease().serviceId());
      mailbox.put(new Update.Failed(plug, cause, policy.seekSubstitute(1)));
    }
  }

  /** A service of which the NIC has plugs leaves: marks them, and has the coordinator let go. */
  List<FacadeEndpoint> leave(long serviceId) {
    List<FacadeEndpoint> leaving = plugs.ofService(serviceId);
    for (FacadeEndpoint plug : leaving) {
      plug.leave();
      if (plug == live.current() || !plug.isRetired()) {
        mailbox.put(new Update.Left(plug, policy.seekSubstitute(1)));
      }
    }
    return leaving;
  }

  /** From now on only the fallback serves. */
  void close() {
    closed = true;
  }

  // ---- the coordinator's wait ----

  @Override
  public EndpointAction waitForEndpointAction() throws InterruptedException {
    EndpointAction action;
    do {
      action = awaitAction(-1);
    } while (action == null);
    return action;
  }

  @Override
  public @Nullable EndpointAction awaitAction(long timeoutNanos) throws InterruptedException {
    coordinator = Thread.currentThread();
    long deadline = System.nanoTime() + Math.clamp(timeoutNanos, 0, Long.MAX_VALUE / 2);
    finishTransition();
    if (!guestLinkUp && live.linkUp() == null) {
      // The link that was down is the old endpoint's; the new one has not told of its own.
      guestLinkUp = true;
      return new EndpointAction.LinkStatusNotify(true);
    }
    while (true) {
      Update update = mailbox.take(deadline, timeoutNanos < 0);
      if (update == null) {
        return null;
      }
      EndpointAction action = apply(update);
      if (action != null) {
        return action;
      }
    }
  }

  private @Nullable EndpointAction apply(Update update) {
    return switch (update) {
      case Update.Connect connect -> connect(connect);
      case Update.Disconnect(CompletableFuture<Swap> promise) -> {
        policy.setBereft(false);
        yield begin(live.toFallback(), SwapReason.UNPLUGGED, null, promise);
      }
      case Update.Close() -> begin(live.toFallback(), SwapReason.UNPLUGGED, "the NIC closes", null);
      case Update.Left(var plug, var substitute) ->
          lost(plug, SwapReason.LEFT, "endpoint " + plug.name() + " left service", substitute);
      case Update.Failed(var plug, var cause, var substitute) -> {
        String sentence = "NIC " + nic + " unplugs " + plug.described() + ": " + cause;
        if (plug.isAbandoned()) {
          log.info(sentence); // operators have a record
        } else {
          log.error(sentence);
        }
        yield lost(plug, SwapReason.FAILED, cause, substitute);
      }
      case Update.Action(var plug, var action, var taken) -> {
        taken.release();
        yield plug == live.current() ? act(action) : null;
      }
    };
  }

  private @Nullable EndpointAction connect(Update.Connect connect) {
    FacadeEndpoint plug = connect.plug();
    CompletableFuture<Swap> promise = connect.promise();
    if (!closed && policy.stillFits(connect.reason(), plug) && plug.adopt()) {
      if (promise != null) {
        policy.setBereft(false);
      }
      return begin(plug, connect.reason(), null, promise);
    }
    plug.discard();
    plugs.giveBack(plug);
    if (promise != null) {
      promise.completeExceptionally(
          closed
              ? new EndpointException(EndpointError.CLOSED, "NIC " + nic)
              : new EndpointException(EndpointError.GONE, "endpoint " + plug.name()));
    }
    return null;
  }

  private @Nullable EndpointAction lost(
      FacadeEndpoint plug,
      SwapReason reason,
      String why,
      CompletableFuture<Optional<FacadeEndpoint>> substitute) {
    if (plug != live.current()) {
      search.drop(substitute);
      return null;
    }
    policy.setBereft(true);
    FacadeEndpoint next = search.adopt(substitute);
    return begin(next != null ? next : live.toFallback(), reason, why, null);
  }

  private @Nullable EndpointAction act(EndpointAction action) {
    return switch (action) {
      case EndpointAction.RestartRequired() ->
          begin(live.current(), SwapReason.RESTARTED, null, null);
      case EndpointAction.LinkStatusNotify(boolean up) -> {
        live.setLinkUp(up);
        guestLinkUp = !followLink || up;
        yield followLink ? action : null;
      }
    };
  }

  /** Makes a plug current, as the first step of a transition. */
  private EndpointAction begin(
      FacadeEndpoint target,
      SwapReason reason,
      @Nullable String failure,
      @Nullable CompletableFuture<Swap> promise) {
    FacadeEndpoint from = live.current();
    transition = new Transition(from, target, reason, failure, promise);
    if (from != target) {
      from.depart();
    }
    if (reason == SwapReason.RESTARTED) {
      live.cache();
    } else {
      makeCurrent(target);
    }
    return RESTART;
  }

  private void makeCurrent(FacadeEndpoint plug) {
    live.set(plug);
    waiterDue = !live.isFallback(plug);
  }

  // ---- the coordinator's other calls ----

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    coordinator = Thread.currentThread();
    FacadeEndpoint target = live.current();
    int most = target.capabilities().multiQueue().maxQueues();
    if (configs.isEmpty() || configs.size() > most) {
      throw new EndpointException(
          EndpointError.TOO_MANY_QUEUES,
          configs.size() + " were asked for; allowed are 1 to " + most);
    }
    if (target.hasOpenQueues()) {
      throw new EndpointException(
          EndpointError.BUSY, "NIC " + nic + " has open queues; close them first");
    }
    Transition running = transition;
    if (running == null) {
      // The engine's own start or restart.
      running = new Transition(target, target, SwapReason.RESTARTED, null, null);
      if (opened) {
        transition = running;
      }
    }
    if (running.from() != target) {
      running.from().rest();
    }
    while (true) {
      FacadeEndpoint plug = live.current();
      plug.revive(); // it rests after the frontend's stop
      try {
        List<Queue> queues = plug.open(configs, rss);
        opened = true;
        return queues;
      } catch (EndpointException e) {
        if (live.isFallback(plug)) {
          throw e;
        }
        transition = running;
        giveUp(plug, running, e);
        makeCurrent(nextAfterFailure(running, configs.size()));
      }
    }
  }

  private void giveUp(FacadeEndpoint plug, Transition running, EndpointException why) {
    policy.setBereft(true);
    if (plug.firstFailure() && !plug.isLeaving()) {
      policy.distrust(plug.lease().serviceId());
    }
    if (!plug.isAbandoned() && !plug.isLeaving()) {
      log.error("NIC " + nic + " gives up " + plug.described() + ": " + why.getMessage());
    }
    running.drop(plug, why);
    plug.rest(); // and as it has failed, for good
  }

  /** What to open when a plug can't be: the old one, the next match, or the fallback. */
  private FacadeEndpoint nextAfterFailure(Transition running, int queues) {
    FacadeEndpoint from = running.from();
    if (running.mayTryBack()
        && !live.isFallback(from)
        && from.capabilities().multiQueue().maxQueues() >= queues
        && from.revive()) {
      return from;
    }
    boolean mayGoOn = !closed && running.mayTryAnother();
    FacadeEndpoint next = mayGoOn ? search.adopt(policy.seekSubstitute(queues)) : null;
    return next != null ? next : live.toFallback();
  }

  @Override
  public void stop() {
    FacadeEndpoint plug = live.current();
    if (plug.hasOpenQueues()) {
      throw new IllegalStateException("NIC " + nic + " has open queues; close them before stop");
    }
    if (opened) {
      opened = false;
      plug.rest();
    }
  }

  @Override
  public void restarted(RestartReport report) {
    Transition running = transition;
    if (running != null) {
      running.setReport(report);
    }
  }

  /** Ends the last transition: tells who asked, and has what is over given back. */
  private void finishTransition() {
    Transition done = transition;
    if (done != null) {
      transition = null;
      finish(done);
    }
    if (waiterDue) {
      waiterDue = false;
      errands.run(new ActionWaiter(live.current(), mailbox, this::failed, vendors.stuck()));
    }
  }

  private void finish(Transition done) {
    FacadeEndpoint now = live.current();
    List<FacadeEndpoint> over = done.over(now);
    if (done.from() != now) {
      done.from().rest(); // did so already, unless the engine opened no queues
    }
    over.removeIf(live::isFallback);
    for (FacadeEndpoint plug : over) {
      plug.retire();
      plug.lease().unclaim(); // so that whoever is told now can plug it elsewhere
    }
    if (done.isUnreported(now)) {
      return;
    }
    SwapRecord swap = done.swapRecord(nic, now.name(), generation());
    RestartReport report = done.report();
    history.add(swap, report == null ? null : report.blackoutNanos());
    done.complete(swap, now);
    over.forEach(plugs::giveBack);
    publisher.accept(swap);
    policy.reconsider();
  }

  @Override
  public void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    live.current().setDataPathToGuestVf(useVf);
  }

  @Override
  public boolean getDataPathToGuestVf() throws EndpointException {
    return live.current().getDataPathToGuestVf();
  }
}
