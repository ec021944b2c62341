package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.Disconnectable;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.DisconnectableFactory;
import org.patchbay.api.control.EndpointClaims;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.EndpointRegistry;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.StuckThread;
import org.patchbay.api.control.SwapRecord;

/**
 * The bundle's component: makes disconnectables, lists endpoints, and brings what the tracker sees
 * to every NIC and wrapper.
 */
@Component(
    service = {DisconnectableFactory.class, EndpointRegistry.class},
    immediate = true)
public final class DisconnectableService
    implements DisconnectableFactory, EndpointRegistry, EndpointTracker.Listener, OperatorLog {

  private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long CLOSE_SECONDS = 3;
  private static final long WATCH_MILLIS = 250;

  private final BundleContext context;
  private final ClaimTable claims = new ClaimTable();
  private final VendorThreads vendors = new VendorThreads();
  private final EndpointTracker tracker;
  private final WrapperClaims wrappers;
  private final ServiceRegistration<EndpointClaims> claimsService;
  private final Errands errands;
  private final Executor logging;
  private final Map<String, NicDisconnectable> nics = new ConcurrentHashMap<>();
  private final Map<String, ServiceRegistration<DisconnectableControl>> registrations =
      new ConcurrentHashMap<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable SwapPublisher publisher;
  private volatile @Nullable Logger logger;

  /** For the component runtime. */
  @Activate
  public DisconnectableService(BundleContext context) {
    this.context = context;
    errands = new Errands(this);
    logging = errands.inOrder();
    tracker = new EndpointTracker(context, claims, vendors, this, this);
    wrappers = new WrapperClaims(tracker, errands, this, this::arrived);
    tracker.open();
    claimsService = context.registerService(EndpointClaims.class, wrappers, new Hashtable<>());
    errands.run(this::watchAbandoned);
  }

  /** For the component runtime: where sentences for operators go. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void setLoggerFactory(LoggerFactory factory) {
    logger = factory.getLogger(DisconnectableService.class);
  }

  /** For the component runtime. */
  void unsetLoggerFactory(LoggerFactory factory) {
    // A replacement has been set before, if there is one; an old logger swallows what it gets.
  }

  /** For the component runtime: who tells of transitions, where somebody does. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void setSwapPublisher(SwapPublisher swaps) {
    publisher = swaps;
  }

  /** For the component runtime. */
  void unsetSwapPublisher(SwapPublisher swaps) {
    if (publisher == swaps) {
      publisher = null;
    }
  }

  /** For the component runtime: closes what frontends have not closed, all at once. */
  @Deactivate
  void deactivate() {
    List<NicDisconnectable> open = List.copyOf(nics.values());
    CountDownLatch left = new CountDownLatch(open.size());
    for (NicDisconnectable nic : open) {
      errands.run(
          () -> {
            try {
              nic.close();
            } finally {
              left.countDown();
            }
          });
    }
    try {
      if (!left.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        Logger known = logger;
        if (known != null) { // at once: errands end here
          known.error("{} NICs did not let go of their endpoints within 3 s.", left.getCount());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ended.countDown();
    unregister(claimsService);
    tracker.close();
    errands.close();
    vendors.threads().close();
  }

  private void watchAbandoned() {
    try {
      while (!ended.await(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
        vendors.recover();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the services ----

  @Override
  public Disconnectable create(NicSettings settings) throws EndpointException {
    String filter = settings.failoverFilter();
    if (filter != null) {
      try {
        FrameworkUtil.createFilter(filter);
      } catch (InvalidSyntaxException e) {
        throw new EndpointException(
            EndpointError.INVALID_CONFIGURATION,
            "failover of NIC "
                + settings.name()
                + " is '"
                + filter
                + "'; allowed is an LDAP filter such as (patchbay.endpoint.type=tap)",
            e);
      }
    }
    Executor inOrder = errands.inOrder();
    NicDisconnectable nic =
        new NicDisconnectable(
            settings,
            tracker,
            vendors,
            errands,
            this,
            swap -> publish(inOrder, swap),
            this::closed);
    if (nics.putIfAbsent(settings.name(), nic) != null) {
      throw new EndpointException(EndpointError.NAME_TAKEN, "NIC " + settings.name() + " exists");
    }
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(Nic.PROPERTY_NAME, settings.name());
    try {
      registrations.put(
          settings.name(),
          context.registerService(DisconnectableControl.class, nic.control(), properties));
    } catch (IllegalStateException e) {
      nic.close();
      throw new EndpointException(
          EndpointError.CLOSED, "the disconnectable bundle is being stopped", e);
    }
    nic.plugAtStart();
    return nic;
  }

  private void closed(NicDisconnectable nic) {
    nics.remove(nic.nic(), nic);
    ServiceRegistration<DisconnectableControl> registration = registrations.remove(nic.nic());
    if (registration != null) {
      unregister(registration);
    }
  }

  private static void unregister(ServiceRegistration<?> registration) {
    try {
      registration.unregister();
    } catch (IllegalStateException e) {
      // The bundle has stopped, which unregisters everything.
    }
  }

  private void publish(Executor inOrder, SwapRecord swap) {
    SwapPublisher known = publisher;
    if (known != null) {
      inOrder.execute(() -> known.publish(swap));
    }
  }

  @Override
  public List<EndpointInfo> endpoints() {
    return tracker.endpoints();
  }

  @Override
  public List<StuckThread> stuckThreads() {
    return vendors.stuck().all();
  }

  // ---- what the tracker sees ----

  @Override
  public void arrived() {
    for (NicDisconnectable nic : nics.values()) {
      nic.arrived();
    }
  }

  private record Departure(NicDisconnectable nic, FacadeEndpoint plug) {}

  @Override
  public void leaving(long serviceId) {
    long deadline = System.nanoTime() + LEAVE_NANOS;
    List<Departure> departures = new ArrayList<>();
    for (NicDisconnectable nic : nics.values()) {
      for (FacadeEndpoint plug : nic.leave(serviceId)) {
        departures.add(new Departure(nic, plug));
      }
    }
    List<WrapperLease> leases = wrappers.leave(serviceId);
    // A wrapper may need this very thread to let go, if it is inside a call of the wrapper.
    boolean busy = nics.values().stream().anyMatch(NicDisconnectable::isBusyHere);
    for (Departure departure : departures) {
      FacadeEndpoint plug = departure.plug();
      if (departure.nic().dependsOnThisThread(plug)) {
        String call = plug.callHere();
        if (call != null) {
          plug.report(
              "unregister", plug.described() + " unregistered itself in the middle of " + call);
        }
        continue; // the drain follows the call
      }
      if (plug.awaitRetired(deadline)) {
        plug.lease().ungetHere();
      } else {
        plug.abandon("it did not come free within 2 s of leaving service");
      }
    }
    if (busy && !leases.isEmpty()) {
      errands.run(() -> awaitClosed(leases, deadline));
    } else {
      awaitClosed(leases, deadline);
    }
    claims.forget(serviceId);
  }

  private void awaitClosed(List<WrapperLease> leases, long deadlineNanos) {
    for (WrapperLease lease : leases) {
      if (!lease.awaitClosed(deadlineNanos)) {
        cut(lease);
      }
    }
  }

  /** What a wrapper is around has gone, though the wrapper still holds it. */
  private void cut(WrapperLease lease) {
    error(lease.described() + ", did not let go within 2 s of that leaving service");
    for (String wrapper : wrappers.cut(lease)) {
      for (NicDisconnectable nic : nics.values()) {
        nic.fail(wrapper, "endpoint " + lease.name() + ", which it is around, left service");
      }
    }
  }

  // ---- what operators read; by errands, as coordinators must not call services ----

  @Override
  public void info(String sentence) {
    Logger known = logger;
    if (known != null) {
      logging.execute(() -> known.info("{}", sentence));
    }
  }

  @Override
  public void error(String sentence) {
    Logger known = logger;
    if (known != null) {
      logging.execute(() -> known.error("{}", sentence));
    }
  }
}
