package org.patchbay.disconnectable;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.EndpointInfo;

/**
 * Follows the endpoint services and keeps their names apart: of several with one name the lowest
 * service id has it, the others are shadowed. Instantiates nothing by itself. Any thread; service
 * events come on the thread that causes them.
 */
final class EndpointTracker implements EndpointSource, ServiceListener {

  /** Told of what changes, on the thread of the service event. */
  interface Listener {
    /** An endpoint, or a name, can be plugged that could not before. Returns at once. */
    void arrived();

    /** A service leaves, which still works until this returns. */
    void leaving(long serviceId);
  }

  private static final String FILTER =
      "(" + Constants.OBJECTCLASS + "=" + Endpoint.class.getName() + ")";

  private static final int GONE_REMEMBERED = 64;

  private final BundleContext context;
  private final ClaimTable claims;
  private final Listener listener;
  // By service id, so that the first of a name is the one that has it.
  private final ConcurrentSkipListMap<Long, TrackedEndpoint> tracked =
      new ConcurrentSkipListMap<>();
  // The services that left last; guarded by itself.
  private final ArrayDeque<Long> gone = new ArrayDeque<>();

  EndpointTracker(BundleContext context, ClaimTable claims, Listener listener) {
    this.context = context;
    this.claims = claims;
    this.listener = listener;
  }

  /** Begins to follow; endpoints that are there already count as arrived. */
  void open() {
    try {
      context.addServiceListener(this, FILTER);
      for (ServiceReference<Endpoint> reference :
          context.getServiceReferences(Endpoint.class, null)) {
        add(reference);
      }
    } catch (InvalidSyntaxException e) {
      throw new AssertionError("the filter is a constant", e);
    }
    listener.arrived();
  }

  void close() {
    context.removeServiceListener(this);
    tracked.clear();
  }

  private void add(ServiceReference<Endpoint> reference) {
    TrackedEndpoint endpoint = TrackedEndpoint.of(reference);
    synchronized (gone) {
      // Events of one service may overtake each other, and ids are never used again.
      if (!gone.contains(endpoint.serviceId())) {
        tracked.put(endpoint.serviceId(), endpoint);
      }
    }
  }

  private void remove(long serviceId) {
    synchronized (gone) {
      tracked.remove(serviceId);
      gone.addLast(serviceId);
      if (gone.size() > GONE_REMEMBERED) {
        gone.removeFirst();
      }
    }
  }

  @Override
  public void serviceChanged(ServiceEvent event) {
    // The listener's filter admits endpoints only.
    @SuppressWarnings("unchecked")
    ServiceReference<Endpoint> reference = (ServiceReference<Endpoint>) event.getServiceReference();
    switch (event.getType()) {
      case ServiceEvent.REGISTERED, ServiceEvent.MODIFIED -> {
        add(reference);
        listener.arrived();
      }
      case ServiceEvent.UNREGISTERING -> {
        long id = (Long) reference.getProperty(Constants.SERVICE_ID);
        remove(id);
        listener.leaving(id);
        // Another endpoint may have its name now.
        listener.arrived();
      }
      default -> {}
    }
  }

  private @Nullable TrackedEndpoint find(String name) {
    for (TrackedEndpoint endpoint : tracked.values()) {
      if (endpoint.name().equals(name)) {
        return endpoint;
      }
    }
    return null;
  }

  private boolean isShadowed(TrackedEndpoint endpoint) {
    TrackedEndpoint holder = find(endpoint.name());
    return holder != null && holder.serviceId() != endpoint.serviceId();
  }

  @Override
  public Lease lease(String endpoint, Holder holder) throws EndpointException {
    TrackedEndpoint service = find(endpoint);
    if (service == null) {
      throw new EndpointException(
          EndpointError.NO_SUCH_ENDPOINT, "'" + endpoint + "'; there are " + names());
    }
    Holder other = claims.claim(service.serviceId(), holder, service.isPrototype());
    if (other != null) {
      throw new EndpointException(
          EndpointError.CLAIMED, "endpoint " + endpoint + " " + other.use());
    }
    ServiceLease lease = new ServiceLease(endpoint, service, holder, claims, context);
    String problem = "it gave no object";
    Throwable cause = null;
    try {
      if (lease.take() != null) {
        return lease;
      }
    } catch (Throwable e) { // getService runs a vendor's code
      problem = "it threw " + e;
      cause = e;
    }
    lease.unclaim();
    if (!isPresent(service.serviceId())) {
      throw new EndpointException(EndpointError.GONE, "endpoint " + endpoint, cause);
    }
    throw new EndpointException(
        EndpointError.BACKEND_FAILED,
        "endpoint " + endpoint + " of " + service.origin() + ": " + problem,
        cause);
  }

  private String names() {
    List<String> names =
        tracked.values().stream().map(TrackedEndpoint::name).distinct().sorted().toList();
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  @Override
  public boolean isPresent(long serviceId) {
    return tracked.containsKey(serviceId);
  }

  @Override
  public @Nullable Match named(String endpoint) {
    TrackedEndpoint service = find(endpoint);
    return service == null ? null : new Match(service.name(), service.serviceId());
  }

  @Override
  public List<Match> matches(String filter) {
    org.osgi.framework.Filter parsed;
    try {
      parsed = FrameworkUtil.createFilter(filter);
    } catch (InvalidSyntaxException e) {
      return List.of(); // the NIC's settings were checked when it was created
    }
    return tracked.values().stream()
        .filter(endpoint -> parsed.match(endpoint.reference()) && !isShadowed(endpoint))
        // A reference's order: by ranking, and of equal ones the lowest service id is the greatest.
        .sorted(Comparator.comparing(TrackedEndpoint::reference, Comparator.reverseOrder()))
        .map(endpoint -> new Match(endpoint.name(), endpoint.serviceId()))
        .toList();
  }

  /** All endpoint services, by name, then by service id. */
  List<EndpointInfo> endpoints() {
    Collection<TrackedEndpoint> all = tracked.values();
    return all.stream()
        .sorted(
            Comparator.comparing(TrackedEndpoint::name)
                .thenComparingLong(TrackedEndpoint::serviceId))
        .map(endpoint -> endpoint.info(isShadowed(endpoint), claims.holders(endpoint.serviceId())))
        .toList();
  }
}
