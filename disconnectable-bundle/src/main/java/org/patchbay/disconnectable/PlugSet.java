package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.StuckThread;

/** The plugs of one NIC, from lease to return. Any thread. */
final class PlugSet {

  private static final long WAIT_END_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int MOST_ABANDONED = 16;

  private final NicSettings settings;
  private final EndpointSource source;
  private final Errands errands;
  private final OperatorLog log;
  private final VendorThreads vendors;
  private final Set<FacadeEndpoint> plugs = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedDeque<String> abandoned = new ConcurrentLinkedDeque<>();

  PlugSet(
      NicSettings settings,
      EndpointSource source,
      VendorThreads vendors,
      Errands errands,
      OperatorLog log) {
    this.settings = settings;
    this.source = source;
    this.vendors = vendors;
    this.errands = errands;
    this.log = log;
  }

  /**
   * Leases an endpoint service and asks for its capabilities, all on the caller's thread.
   *
   * @throws EndpointException as {@link EndpointSource#lease}, {@link EndpointError#INCOMPATIBLE},
   *     or {@link EndpointError#GONE}; nothing is kept then
   */
  FacadeEndpoint lease(String endpoint) throws EndpointException {
    Lease lease;
    try {
      lease = source.lease(endpoint, Holder.nic(settings.name()));
    } catch (EndpointException e) {
      if (e.error() == EndpointError.BACKEND_FAILED) {
        log.error("NIC " + settings.name() + " can't have it: " + e.getMessage());
      }
      throw e;
    }
    return check(lease);
  }

  /** As {@link #lease}, for an object that is not a service. */
  FacadeEndpoint connect(String name, Endpoint endpoint) throws EndpointException {
    return check(new ObjectLease(name, endpoint));
  }

  private FacadeEndpoint check(Lease lease) throws EndpointException {
    String nic = settings.name();
    FacadeEndpoint plug =
        new FacadeEndpoint(
            lease,
            new VendorCall(lease, nic, vendors.threads(), vendors.stuck()),
            log,
            this::remember);
    plugs.add(plug);
    try {
      // In the set first: a service that leaves from now on finds the plug here.
      if (lease.serviceId() != Lease.NO_SERVICE && !source.isPresent(lease.serviceId())) {
        throw new EndpointException(EndpointError.GONE, "endpoint " + lease.name());
      }
      Capabilities capabilities = plug.ask();
      if (settings.requiresOrder() && !capabilities.ordered()) {
        throw new EndpointException(
            EndpointError.INCOMPATIBLE,
            "endpoint "
                + lease.name()
                + " does not keep packets in order, which NIC "
                + settings.name()
                + " needs");
      }
      return plug;
    } catch (EndpointException e) {
      if (e.error() == EndpointError.BACKEND_FAILED && !plug.isAbandoned()) {
        log.error("NIC " + nic + " can't plug " + plug.described() + ": " + e.getMessage());
      }
      discard(plug);
      throw e;
    }
  }

  /** Ends a plug that never became current. Not by coordinator or worker. */
  void discard(FacadeEndpoint plug) {
    plug.discard();
    giveBackHere(plug);
  }

  /** Gives up a plug's claim and, by an errand, its object. The plug is over. */
  void giveBack(FacadeEndpoint plug) {
    plug.lease().unclaim();
    errands.run(() -> giveBackHere(plug));
  }

  private void giveBackHere(FacadeEndpoint plug) {
    plug.endVisits(null);
    if (!plug.awaitRetired(System.nanoTime() + WAIT_END_NANOS)) {
      plug.giveUpVisits(null, vendors.stuck(), settings.name());
      plug.abandon("its waitForEndpointAction or inspect ignores its interrupt");
    }
    plugs.remove(plug);
    if (plug.isAbandoned()) {
      vendors.await(plug); // claim and object stay until nobody is inside
      return;
    }
    plug.lease().unclaim();
    // A leaving one is given back by whoever announced that, or taken back by the framework.
    if (!plug.isLeaving()) {
      plug.lease().unget();
    }
  }

  private void remember(String sentence) {
    abandoned.addLast(sentence);
    if (abandoned.size() > MOST_ABANDONED) {
      abandoned.pollFirst();
    }
  }

  /** Sentences on the plugs that were cut off, oldest first. */
  List<String> abandoned() {
    return List.copyOf(abandoned);
  }

  /** Threads that this NIC's control calls have lost. */
  List<StuckThread> stuckThreads() {
    return vendors.stuck().inControlCallsOf(settings.name());
  }

  /** All plugs that are not over. */
  List<FacadeEndpoint> all() {
    return List.copyOf(plugs);
  }

  /** The plugs of a service. */
  List<FacadeEndpoint> ofService(long serviceId) {
    List<FacadeEndpoint> found = new ArrayList<>();
    for (FacadeEndpoint plug : plugs) {
      if (plug.lease().serviceId() == serviceId) {
        found.add(plug);
      }
    }
    return found;
  }
}
