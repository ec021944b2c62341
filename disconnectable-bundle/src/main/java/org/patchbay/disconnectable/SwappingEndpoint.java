package org.patchbay.disconnectable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

  /** How long a transition waits for a substitute that an errand looks for. */
  private static final long SUBSTITUTE_MILLIS = 500;

  private static final EndpointAction RESTART = new EndpointAction.RestartRequired();

  private final String nic;
  private final boolean followLink;
  private final PlugSet plugs;
  private final FailoverPolicy policy;
  private final Mailbox mailbox;
  private final Errands errands;
  private final OperatorLog log;
  private final SwapHistory history = new SwapHistory();
  private final Consumer<SwapRecord> publisher;
  private final FacadeEndpoint fallback;
  private @Nullable Transition transition;
  private boolean opened;
  private boolean waiterDue;
  private boolean guestLinkUp = true;
  // Written by the coordinator, read by any thread.
  private volatile FacadeEndpoint current;
  private volatile long generation;
  private volatile @Nullable Capabilities cached;
  private volatile @Nullable Boolean linkUp;
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
      Errands errands,
      OperatorLog log,
      Consumer<SwapRecord> publisher) {
    this.nic = nic;
    this.followLink = followLink;
    this.plugs = plugs;
    this.policy = policy;
    this.mailbox = mailbox;
    this.errands = errands;
    this.log = log;
    this.publisher = publisher;
    fallback = new FacadeEndpoint(new FallbackLease(), log, why -> {});
    try {
      fallback.ask();
    } catch (EndpointException e) {
      throw new AssertionError("the fallback is this bundle's own and answers", e);
    }
    fallback.adopt();
    current = fallback;
  }

  // ---- what any thread may ask ----

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public boolean isFallback() {
    return current == fallback;
  }

  /** The plug that is current, the fallback included. */
  FacadeEndpoint current() {
    return current;
  }

  SwapHistory history() {
    return history;
  }

  /** The last link state that the plugged endpoint told, or null. */
  @Nullable Boolean linkUp() {
    return linkUp;
  }

  @Nullable Capabilities cached() {
    return cached;
  }

  /** Whether the calling thread is the coordinator, which then can't be waited for. */
  boolean isCoordinatorHere() {
    return coordinator == Thread.currentThread();
  }

  @Override
  public String endpointType() {
    return current.capabilities().type();
  }

  private Capabilities known() {
    Capabilities known = cached;
    if (known == null) {
      throw new IllegalStateException(
          EndpointError.NEVER_CONNECTED.sentence() + ": NIC " + nic + "; plug one first");
    }
    return known;
  }

  @Override
  public boolean isOrdered() {
    return known().ordered();
  }

  @Override
  public TxOffloadSupport txOffloadSupport() {
    return known().offloads();
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return known().multiQueue();
  }

  @Override
  public boolean txFastCompletions() {
    return known().fastCompletions();
  }

  @Override
  public long linkSpeed() {
    return known().linkSpeed();
  }

  @Override
  public void wakeAwait() {
    mailbox.wake();
  }

  @Override
  public void failed(long failedGeneration, String cause) {
    FacadeEndpoint plug = current;
    if (plug.generation() == failedGeneration) {
      failed(plug, cause);
    }
  }

  private void failed(FacadeEndpoint plug, String cause) {
    if (plug != fallback && plug.firstFailure()) {
      policy.distrust(plug.lease().serviceId());
      mailbox.put(new Update.Failed(plug, cause, policy.seekSubstitute(1)));
    }
  }

  /** A service of which the NIC has plugs leaves: marks them, and has the coordinator let go. */
  List<FacadeEndpoint> leave(long serviceId) {
    List<FacadeEndpoint> leaving = plugs.ofService(serviceId);
    for (FacadeEndpoint plug : leaving) {
      plug.leave();
      if (plug == current || plug.state() != FacadeEndpoint.State.RETIRED) {
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
    if (!guestLinkUp && linkUp == null) {
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
        yield begin(toFallback(), SwapReason.UNPLUGGED, null, promise);
      }
      case Update.Close() -> begin(toFallback(), SwapReason.UNPLUGGED, "the NIC closes", null);
      case Update.Left(var plug, var substitute) ->
          lost(plug, SwapReason.LEFT, "endpoint " + plug.name() + " left service", substitute);
      case Update.Failed(var plug, var cause, var substitute) -> {
        EndpointAction action = lost(plug, SwapReason.FAILED, cause, substitute);
        if (action != null) {
          errands.run(
              () ->
                  log.error(
                      "NIC "
                          + nic
                          + " unplugged endpoint "
                          + plug.name()
                          + " of "
                          + plug.lease().origin()
                          + ": "
                          + cause
                          + "."));
        }
        yield action;
      }
      case Update.Action(var plug, var action, var taken) -> {
        taken.release();
        yield plug == current ? act(action) : null;
      }
    };
  }

  private @Nullable EndpointAction connect(Update.Connect connect) {
    FacadeEndpoint plug = connect.plug();
    boolean fits = !closed && policy.stillFits(connect.reason(), plug);
    if (fits && plug.adopt()) {
      if (connect.promise() != null) {
        policy.setBereft(false);
      }
      return begin(plug, connect.reason(), null, connect.promise());
    }
    plug.discard();
    plugs.giveBack(plug);
    if (connect.promise() != null) {
      connect
          .promise()
          .completeExceptionally(
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
    if (plug != current) {
      discardLate(substitute);
      return null;
    }
    policy.setBereft(true);
    FacadeEndpoint next = await(substitute);
    if (next != null && next.adopt()) {
      return begin(next, reason, why, null);
    }
    if (next != null) {
      plugs.giveBack(next); // it left meanwhile
    }
    return begin(toFallback(), reason, why, null);
  }

  private @Nullable EndpointAction act(EndpointAction action) {
    return switch (action) {
      case EndpointAction.RestartRequired() -> begin(current, SwapReason.RESTARTED, null, null);
      case EndpointAction.LinkStatusNotify(boolean up) -> {
        linkUp = up;
        guestLinkUp = !followLink || up;
        yield followLink ? action : null;
      }
    };
  }

  private FacadeEndpoint toFallback() {
    // It rests unless it is current already.
    fallback.revive();
    return fallback;
  }

  /** Makes a plug current, as the first step of a transition. */
  private EndpointAction begin(
      FacadeEndpoint target,
      SwapReason reason,
      @Nullable String failure,
      @Nullable CompletableFuture<Swap> promise) {
    FacadeEndpoint from = current;
    transition = new Transition(from, target, reason, failure, promise);
    if (target == from && reason == SwapReason.RESTARTED) {
      refresh(target);
    } else {
      makeCurrent(target);
    }
    return RESTART;
  }

  private void makeCurrent(FacadeEndpoint plug) {
    long number = generation + 1;
    plug.setGeneration(number);
    generation = number;
    current = plug;
    linkUp = null;
    waiterDue = plug != fallback;
    policy.setLive(plug.name(), plug == fallback);
    refresh(plug);
  }

  private void refresh(FacadeEndpoint plug) {
    if (plug == fallback) {
      return; // what the last endpoint said stays known
    }
    try {
      cached = plug.ask();
    } catch (EndpointException e) {
      // What it said when it was leased stands; a vendor that throws here hardly opens queues.
      cached = plug.capabilities();
    }
  }

  /** Waits for an errand's find; what it finds later is offered as an arrival. */
  private @Nullable FacadeEndpoint await(CompletableFuture<Optional<FacadeEndpoint>> substitute) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SUBSTITUTE_MILLIS);
    FacadeEndpoint found = null;
    while (true) {
      try {
        found = substitute.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS).orElse(null);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (TimeoutException e) {
        substitute.thenAccept(
            late ->
                late.ifPresent(
                    plug -> mailbox.put(new Update.Connect(plug, SwapReason.FAILED_OVER, null))));
        break;
      } catch (ExecutionException e) {
        break; // the errand has logged it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return found;
  }

  private void discardLate(CompletableFuture<Optional<FacadeEndpoint>> substitute) {
    substitute.thenAccept(
        found ->
            found.ifPresent(
                plug -> {
                  plug.discard();
                  plugs.giveBack(plug);
                }));
  }

  // ---- the coordinator's other calls ----

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    coordinator = Thread.currentThread();
    int most = current.capabilities().multiQueue().maxQueues();
    if (configs.isEmpty() || configs.size() > most) {
      throw new EndpointException(
          EndpointError.TOO_MANY_QUEUES,
          configs.size() + " were asked for; allowed are 1 to " + most);
    }
    if (current.hasOpenQueues()) {
      throw new EndpointException(
          EndpointError.BUSY, "NIC " + nic + " has open queues; close them first");
    }
    Transition running = transition;
    if (running == null) {
      // The engine's own start or restart.
      running = new Transition(current, current, SwapReason.RESTARTED, null, null);
      if (opened) {
        transition = running;
      }
    }
    if (running.from() != current) {
      running.from().rest();
    }
    while (true) {
      FacadeEndpoint plug = current;
      plug.revive(); // it rests after the frontend's stop
      try {
        List<Queue> queues = plug.open(configs, rss);
        opened = true;
        return queues;
      } catch (EndpointException e) {
        if (plug == fallback) {
          throw e;
        }
        transition = running;
        policy.setBereft(true);
        if (plug.firstFailure() && !plug.isLeaving()) {
          policy.distrust(plug.lease().serviceId());
        }
        running.drop(plug, e);
        plug.rest();
        makeCurrent(nextAfterFailure(running, configs.size()));
      }
    }
  }

  /** What to open when a plug can't be: the old one, the next match, or the fallback. */
  private FacadeEndpoint nextAfterFailure(Transition running, int queues) {
    FacadeEndpoint from = running.from();
    if (running.mayTryBack()
        && from != fallback
        && from.capabilities().multiQueue().maxQueues() >= queues
        && from.revive()) {
      return from;
    }
    FacadeEndpoint next;
    while (!closed && (next = await(policy.seekSubstitute(queues))) != null) {
      if (next.adopt()) {
        return next;
      }
      running.dropped().add(next);
    }
    return toFallback();
  }

  @Override
  public void stop() {
    if (current.hasOpenQueues()) {
      throw new IllegalStateException("NIC " + nic + " has open queues; close them before stop");
    }
    if (opened) {
      opened = false;
      current.rest();
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
      FacadeEndpoint live = current;
      FacadeEndpoint from = done.from();
      if (from != live) {
        from.rest(); // did so already, unless the engine opened no queues
        if (from != fallback) {
          from.retire();
          from.lease().unclaim();
        }
      }
      done.dropped().forEach(plug -> plug.lease().unclaim());
      SwapRecord swap = done.swapRecord(nic, live.name(), generation);
      RestartReport report = done.report();
      history.add(swap, report == null ? null : report.blackoutNanos());
      done.complete(swap, live);
      if (from != live && from != fallback && !done.dropped().contains(from)) {
        plugs.giveBack(from);
      }
      done.dropped().forEach(plugs::giveBack);
      publisher.accept(swap);
      policy.reconsider();
    }
    if (waiterDue) {
      waiterDue = false;
      errands.run(new ActionWaiter(current, mailbox, this::failed));
    }
  }

  @Override
  public void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    current.setDataPathToGuestVf(useVf);
  }

  @Override
  public boolean getDataPathToGuestVf() throws EndpointException {
    return current.getDataPathToGuestVf();
  }

  @Override
  public void inspect(InspectNode node) {
    Inspection.of(current, node, errands);
  }
}
