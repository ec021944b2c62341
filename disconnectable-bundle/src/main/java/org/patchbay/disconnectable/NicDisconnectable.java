package org.patchbay.disconnectable;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.Disconnectable;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.StuckThread;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** The disconnectable of one NIC: its operators' side, and what both sides share. Any thread. */
final class NicDisconnectable implements Disconnectable, DisconnectableControl {

  /** How long the engine may take to let go of its queues when the disconnectable closes. */
  private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(2000);

  /** How long closing may take in all. */
  private static final long RELEASE_NANOS = TimeUnit.MILLISECONDS.toNanos(2750);

  private final NicSettings settings;
  private final OperatorLog log;
  private final Errands errands;
  private final PlugSet plugs;
  private final FailoverPolicy policy;
  private final Mailbox mailbox = new Mailbox();
  private final SwappingEndpoint endpoint;
  private final Consumer<NicDisconnectable> onClose;
  private final Set<CompletableFuture<Swap>> promises = ConcurrentHashMap.newKeySet();
  private final Object requestLock = new Object();
  private boolean closed; // guarded by requestLock

  /**
   * @param onClose told once, when the disconnectable has closed
   */
  NicDisconnectable(
      NicSettings settings,
      EndpointSource source,
      VendorThreads vendors,
      Errands errands,
      OperatorLog log,
      Consumer<SwapRecord> publisher,
      Consumer<NicDisconnectable> onClose) {
    this.settings = settings;
    this.log = log;
    this.errands = errands;
    this.onClose = onClose;
    plugs = new PlugSet(settings, source, vendors, errands, log);
    policy = new FailoverPolicy(settings, source, plugs, errands, log, mailbox::put);
    endpoint =
        new SwappingEndpoint(
            settings.name(),
            settings.followLink(),
            plugs,
            policy,
            mailbox,
            vendors,
            errands,
            log,
            publisher);
  }

  /** Plugs what the settings name, or waits for it to arrive. */
  void plugAtStart() {
    String name = settings.plugAtStart();
    if (name == null) {
      return;
    }
    AtomicBoolean reported = new AtomicBoolean();
    plug(name)
        .exceptionally(
            e -> {
              if (isReported(e)) {
                reported.set(true);
              } else {
                log.info(
                    "NIC "
                        + settings.name()
                        + " waits for endpoint "
                        + name
                        + ": "
                        + e.getMessage());
              }
              return null;
            });
    // A refused request changes nothing, but a configuration's wish stays.
    synchronized (requestLock) {
      if (policy.wanted() == null) {
        policy.setWanted(name, true);
      }
    }
    if (reported.get()) {
      policy.distrust(name); // or the failure would be seen and told of twice
    } else {
      policy.reconsider();
    }
  }

  /** Whether operators have a record of a failure already. */
  private static boolean isReported(Throwable e) {
    return e instanceof EndpointException failure
        && failure.error() == EndpointError.BACKEND_FAILED;
  }

  // ---- what services do ----

  /** An endpoint arrived. */
  void arrived() {
    policy.reconsider();
  }

  /** A service leaves; answers the plugs of it, which the coordinator is now asked to end. */
  List<FacadeEndpoint> leave(long serviceId) {
    policy.forget(serviceId);
    return endpoint.leave(serviceId);
  }

  /** Whether a plug's end can't be waited for, because it depends on the calling thread. */
  boolean dependsOnThisThread(FacadeEndpoint plug) {
    return plug.isInsideHere() || isBusyHere();
  }

  /** Whether the calling thread is inside a vendor's call of this NIC, or its coordinator. */
  boolean isBusyHere() {
    return endpoint.isCoordinatorHere()
        || plugs.all().stream().anyMatch(FacadeEndpoint::isInsideHere);
  }

  /** Ends the plugs of a wrapper that can't go on. */
  void fail(String endpointName, String cause) {
    for (FacadeEndpoint plug : plugs.all()) {
      if (plug.name().equals(endpointName)) {
        endpoint.failed(plug.generation(), cause);
      }
    }
  }

  // ---- requests ----

  @Override
  public String nic() {
    return settings.name();
  }

  @Override
  public CompletionStage<Swap> plug(String name) {
    try {
      refuseIfClosed();
      FacadeEndpoint plug = plugs.lease(name);
      return requestPlug(plug, name, true);
    } catch (EndpointException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  @Override
  public CompletionStage<Swap> connect(String name, Endpoint object) {
    try {
      refuseIfClosed();
      return requestPlug(plugs.connect(name, object), name, false);
    } catch (EndpointException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  private CompletionStage<Swap> requestPlug(FacadeEndpoint plug, String name, boolean service) {
    CompletionStage<Swap> stage =
        request(
            promise -> {
              policy.setWanted(name, service);
              return new Update.Connect(plug, SwapReason.PLUGGED, promise);
            });
    if (stage == null) {
      plugs.discard(plug);
      return CompletableFuture.failedStage(closedException());
    }
    return stage;
  }

  @Override
  public CompletionStage<Swap> unplug() {
    CompletionStage<Swap> stage =
        request(
            promise -> {
              policy.setWanted(null, false);
              return new Update.Disconnect(promise);
            });
    return stage == null ? CompletableFuture.failedStage(closedException()) : stage;
  }

  /** Enqueues a request, its wish and its turn in one order; null if closed. */
  private @Nullable CompletionStage<Swap> request(
      Function<CompletableFuture<Swap>, Update> update) {
    CompletableFuture<Swap> promise = new CompletableFuture<>();
    synchronized (requestLock) {
      if (closed) {
        return null;
      }
      promises.add(promise);
      mailbox.put(update.apply(promise));
    }
    promise.whenComplete((swap, failure) -> promises.remove(promise));
    return promise.minimalCompletionStage();
  }

  private void refuseIfClosed() throws EndpointException {
    synchronized (requestLock) {
      if (!closed) {
        return;
      }
    }
    throw closedException();
  }

  private EndpointException closedException() {
    return new EndpointException(EndpointError.CLOSED, "NIC " + settings.name());
  }

  // ---- questions ----

  @Override
  public DisconnectableEndpoint endpoint() {
    return endpoint;
  }

  @Override
  public DisconnectableControl control() {
    return this;
  }

  @Override
  public Optional<String> wanted() {
    return Optional.ofNullable(policy.wanted());
  }

  @Override
  public Optional<String> current() {
    return endpoint.isFallback() ? Optional.empty() : Optional.of(endpoint.live().current().name());
  }

  @Override
  public String currentType() {
    return endpoint.endpointType();
  }

  @Override
  public List<SwapRecord> records() {
    return endpoint.history().records();
  }

  @Override
  public void inspect(InspectNode node) {
    node.value("nic", settings.name());
    node.value("wanted", wanted().orElse(SwapRecord.FALLBACK));
    node.value("generation", endpoint.generation());
    FacadeEndpoint current = endpoint.live().current();
    for (StuckThread stuck : plugs.stuckThreads()) {
      node.value("stuck-thread", stuck.describe());
    }
    InspectNode live = node.child("current");
    live.value("type", current.capabilities().type());
    current.inspect(live);
    Boolean linkUp = endpoint.live().linkUp();
    node.value("backend-link", linkUp == null ? "unknown" : linkUp ? "up" : "down");
    node.value("failover", String.valueOf(settings.failoverFilter()));
    node.value("failback", settings.failback());
    node.value("follow-link", settings.followLink());
    Capabilities cached = endpoint.live().cached();
    InspectNode capabilities = node.child("cached-capabilities");
    if (cached == null) {
      capabilities.value("state", EndpointError.NEVER_CONNECTED.sentence());
    } else {
      cached.inspect(capabilities);
    }
    InspectNode swaps = node.child("swaps");
    for (SwapRecord swap : records()) {
      inspect(swap, swaps.child("generation-" + swap.generation()));
    }
    InspectNode abandoned = node.child("abandoned");
    int number = 0;
    for (String sentence : plugs.abandoned()) {
      abandoned.value(Integer.toString(++number), sentence);
    }
  }

  private static void inspect(SwapRecord swap, InspectNode node) {
    node.value("time", swap.time().toString());
    node.value("from", swap.from());
    node.value("to", swap.to());
    node.value("reason", swap.reason().name());
    String failure = swap.failure();
    if (failure != null) {
      node.value("failure", failure);
    }
    node.value("switch-us", TimeUnit.NANOSECONDS.toMicros(swap.switchNanos()));
    node.value(
        "blackout-us",
        swap.blackoutNanos() < 0 ? -1 : TimeUnit.NANOSECONDS.toMicros(swap.blackoutNanos()));
    node.value("buffers-returned", swap.buffersReturned());
    node.value("frames-lost", swap.framesLost());
  }

  @Override
  public void inspectEndpoint(InspectNode node) {
    endpoint.inspect(node);
  }

  // ---- the end ----

  @Override
  public void close() {
    synchronized (requestLock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    policy.close();
    endpoint.close();
    try {
      release();
    } finally {
      for (CompletableFuture<Swap> promise : promises) {
        promise.completeExceptionally(closedException());
      }
      // Last, so that a service that leaves meanwhile still waits for its plugs.
      onClose.accept(this);
    }
  }

  private void release() {
    long now = System.nanoTime();
    List<FacadeEndpoint> plugged = plugs.all();
    if (plugged.stream().anyMatch(FacadeEndpoint::hasOpenQueues)) {
      // The engine still runs, as when this bundle is stopped under it: have it let go.
      mailbox.put(new Update.Close());
    }
    for (FacadeEndpoint plug : plugged) {
      if (!dependsOnThisThread(plug) && !plug.awaitQueuesClosed(now + DRAIN_NANOS)) {
        plug.abandon("its queues were still open when NIC " + settings.name() + " closed");
      }
    }
    // What came meanwhile, too; and by errands, as a vendor's stop may block.
    plugged = plugs.all();
    for (FacadeEndpoint plug : plugged) {
      plug.endVisits(null);
      if (!errands.run(plug::retire)) {
        plug.retire();
      }
    }
    for (FacadeEndpoint plug : plugged) {
      if (!plug.isInsideHere() && !plug.awaitRetired(now + RELEASE_NANOS)) {
        plug.abandon("it did not stop when NIC " + settings.name() + " closed");
      }
      plugs.giveBack(plug);
    }
  }
}
