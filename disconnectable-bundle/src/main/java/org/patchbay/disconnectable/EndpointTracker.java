package org.patchbay.disconnectable;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
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

  /** What operators were told of a bundle. */
  private static final class Complaints {
    int registered;
    int names;
  }

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
  private static final int MOST_COMPLAINTS = 3;

  /** So many endpoints of one bundle, with those that have left, are worth a sentence. */
  private static final int MANY = 256;

  /** From so many threads on that a bundle keeps, nothing of it is taken any more. */
  private static final int MOST_STUCK = 16;

  /** From so many on, only what somebody asks for. */
  private static final int MOST_STUCK_UNASKED = 2;

  private final BundleContext context;
  private final ClaimTable claims;
  private final VendorThreads vendors;
  private final OperatorLog log;
  private final Listener listener;
  private final ConcurrentSkipListMap<Long, TrackedEndpoint> tracked =
      new ConcurrentSkipListMap<>();
  // By name, then by service id, so that the first of a name is the one that has it. Changed with
  // the lock of gone held.
  private final Map<String, ConcurrentSkipListMap<Long, TrackedEndpoint>> byName =
      new ConcurrentHashMap<>();
  // By bundle id, which is never used again; guarded by gone.
  private final Map<Long, Complaints> complaints = new HashMap<>();
  // The services that left last; guarded by itself.
  private final ArrayDeque<Long> gone = new ArrayDeque<>();

  EndpointTracker(
      BundleContext context,
      ClaimTable claims,
      VendorThreads vendors,
      OperatorLog log,
      Listener listener) {
    this.context = context;
    this.claims = claims;
    this.vendors = vendors;
    this.log = log;
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
    byName.clear();
  }

  private void add(ServiceReference<Endpoint> reference) {
    TrackedEndpoint endpoint = TrackedEndpoint.of(reference);
    String complaint = null;
    synchronized (gone) {
      // Events of one service may overtake each other, and ids are never used again.
      if (!gone.contains(endpoint.serviceId())) {
        TrackedEndpoint old = tracked.put(endpoint.serviceId(), endpoint);
        if (old != null) {
          removeName(old);
        }
        byName
            .computeIfAbsent(endpoint.name(), name -> new ConcurrentSkipListMap<>())
            .put(endpoint.serviceId(), endpoint);
        if (old == null || !old.name().equals(endpoint.name())) {
          complaint = complaint(endpoint);
        }
      }
    }
    if (complaint != null) {
      log.error(complaint);
    }
  }

  /** What to tell of a bad name; null if it is good, or enough was told of that bundle. */
  private @Nullable String complaint(TrackedEndpoint endpoint) {
    Bundle bundle = endpoint.reference().getBundle();
    if (bundle == null) {
      return null;
    }
    Complaints told = complaints.computeIfAbsent(bundle.getBundleId(), id -> new Complaints());
    if (++told.registered == MANY) {
      return endpoint.origin() + " has registered " + MANY + " endpoints so far";
    }
    String problem = endpoint.problem();
    TrackedEndpoint holder = find(endpoint.name());
    if (problem == null && holder != null && holder.serviceId() < endpoint.serviceId()) {
      problem =
          "endpoint "
              + endpoint.name()
              + " of "
              + endpoint.origin()
              + " is shadowed, as "
              + holder.origin()
              + " has registered that name before";
    }
    if (problem == null || told.names == MOST_COMPLAINTS) {
      return null;
    }
    told.names++;
    return told.names < MOST_COMPLAINTS
        ? problem
        : problem + "; no more is told of names of this bundle";
  }

  private void removeName(TrackedEndpoint endpoint) {
    ConcurrentSkipListMap<Long, TrackedEndpoint> ofName = byName.get(endpoint.name());
    if (ofName != null) {
      ofName.remove(endpoint.serviceId());
      if (ofName.isEmpty()) {
        byName.remove(endpoint.name());
      }
    }
  }

  private void remove(long serviceId) {
    synchronized (gone) {
      TrackedEndpoint old = tracked.remove(serviceId);
      if (old != null) {
        removeName(old);
      }
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
    ConcurrentSkipListMap<Long, TrackedEndpoint> ofName = byName.get(name);
    Map.Entry<Long, TrackedEndpoint> first = ofName == null ? null : ofName.firstEntry();
    return first == null ? null : first.getValue();
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
          EndpointError.NO_SUCH_ENDPOINT, Sentences.quote(endpoint) + "; there are " + names());
    }
    int kept = vendors.stuck().of(service.origin());
    if (kept >= MOST_STUCK) {
      throw new EndpointException(
          EndpointError.BACKEND_FAILED,
          "endpoint "
              + endpoint
              + " of "
              + service.origin()
              + ": "
              + kept
              + " calls of that bundle do not return; stop it, or restart the platform");
    }
    Holder other = claims.claim(service.serviceId(), holder, service.isPrototype());
    if (other != null) {
      throw new EndpointException(
          EndpointError.CLAIMED,
          "endpoint "
              + endpoint
              + " "
              + other.use()
              + (claims.isStuck(service.serviceId()) ? ", in a call that does not return" : ""));
    }
    ServiceLease lease =
        new ServiceLease(
            endpoint, service, holder, claims, vendors.threads(), vendors.stuck(), context);
    try {
      lease.take();
      return lease;
    } catch (EndpointException e) {
      if (!isPresent(service.serviceId())) {
        throw new EndpointException(EndpointError.GONE, "endpoint " + endpoint, e);
      }
      throw e;
    }
  }

  private String names() {
    List<String> names = byName.keySet().stream().sorted().toList();
    return names.isEmpty() ? "none" : Sentences.list(names);
  }

  @Override
  public boolean isPresent(long serviceId) {
    return tracked.containsKey(serviceId);
  }

  @Override
  public boolean isTroubled(long serviceId) {
    TrackedEndpoint service = tracked.get(serviceId);
    return service != null && vendors.stuck().of(service.origin()) >= MOST_STUCK_UNASKED;
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
        .filter(endpoint -> parsed.match(endpoint.properties()) && !isShadowed(endpoint))
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
