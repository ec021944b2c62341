package org.patchbay.disconnectable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.EndpointClaims;
import org.patchbay.api.control.EndpointLease;

/**
 * What wrappers have claimed, and the service by which they do, one for each bundle. Any thread.
 */
final class WrapperClaims implements ServiceFactory<EndpointClaims> {

  private final EndpointSource source;
  private final Errands errands;
  private final OperatorLog log;
  private final Runnable onFree;

  // Those that are asked for included. Guarded by itself; nothing is called out meanwhile.
  private final List<WrapperLease> leases = new ArrayList<>();

  /**
   * @param onFree told that an endpoint can be claimed again
   */
  WrapperClaims(EndpointSource source, Errands errands, OperatorLog log, Runnable onFree) {
    this.source = source;
    this.errands = errands;
    this.log = log;
    this.onFree = onFree;
  }

  @Override
  public EndpointClaims getService(
      Bundle bundle, ServiceRegistration<EndpointClaims> registration) {
    return new OfBundle("bundle " + bundle.getSymbolicName() + " " + bundle.getVersion());
  }

  @Override
  public void ungetService(
      Bundle bundle, ServiceRegistration<EndpointClaims> registration, EndpointClaims service) {
    ((OfBundle) service).close();
  }

  /** The service as one bundle has it. */
  private final class OfBundle implements EndpointClaims {

    private final String origin;
    private final AtomicBoolean closed = new AtomicBoolean();
    // Guarded by leases.
    private final Set<WrapperLease> own = new HashSet<>();

    OfBundle(String origin) {
      this.origin = origin;
    }

    @Override
    public EndpointLease claim(String endpoint, String holder, Runnable leaving)
        throws EndpointException {
      Objects.requireNonNull(leaving, "leaving");
      if (!EndpointNames.isValid(holder)) {
        throw new EndpointException(
            EndpointError.INVALID_CONFIGURATION,
            "the name of the endpoint around "
                + Sentences.quote(endpoint)
                + " is "
                + Sentences.quote(holder)
                + "; "
                + EndpointNames.RULE);
      }
      WrapperLease lease = new WrapperLease(endpoint, holder, origin, leaving, this::forget);
      add(lease);
      try {
        lease.grant(source.lease(endpoint, Holder.wrapper(holder)));
        // In the list first: a service that leaves from now on finds the lease there.
        if (!source.isPresent(lease.serviceId())) {
          throw new EndpointException(EndpointError.GONE, "endpoint " + endpoint);
        }
        if (closed.get()) {
          throw new EndpointException(
              EndpointError.CLOSED, "the service EndpointClaims was given back");
        }
        return lease;
      } catch (Throwable e) { // Errors too: what was claimed is given back
        lease.close();
        throw e;
      }
    }

    private void add(WrapperLease lease) throws EndpointException {
      synchronized (leases) {
        List<String> ring = ring(lease);
        if (!ring.isEmpty()) {
          throw new EndpointException(
              EndpointError.INVALID_CONFIGURATION,
              "endpoint "
                  + lease.holder()
                  + " can't be around "
                  + String.join(", which is around ", ring)
                  + "; allowed is what is not itself around "
                  + lease.holder());
        }
        leases.add(lease);
        own.add(lease);
      }
    }

    private void forget(WrapperLease lease) {
      synchronized (leases) {
        leases.remove(lease);
        own.remove(lease);
      }
      onFree.run();
    }

    /** Closes what the bundle has not closed. */
    void close() {
      closed.set(true);
      List<WrapperLease> left;
      synchronized (leases) {
        left = List.copyOf(own);
      }
      for (WrapperLease lease : left) {
        lease.cut();
        if (!errands.run(lease::close)) {
          lease.close();
        }
      }
    }
  }

  /** The way from a lease's endpoint to its holder, of wrappers around each other, or empty. */
  private List<String> ring(WrapperLease wanted) {
    ArrayDeque<List<String>> ways = new ArrayDeque<>();
    Set<String> seen = new HashSet<>();
    ways.add(List.of(wanted.name()));
    while (!ways.isEmpty()) {
      List<String> way = ways.remove();
      String last = way.getLast();
      if (last.equals(wanted.holder())) {
        return way;
      }
      if (!seen.add(last)) {
        continue;
      }
      for (WrapperLease lease : leases) {
        if (lease.holder().equals(last)) {
          List<String> longer = new ArrayList<>(way);
          longer.add(lease.name());
          ways.add(longer);
        }
      }
    }
    return List.of();
  }

  /** A service leaves: tells the wrappers around it, each on a thread of its own. */
  List<WrapperLease> leave(long serviceId) {
    List<WrapperLease> leaving = new ArrayList<>();
    synchronized (leases) {
      for (WrapperLease lease : leases) {
        if (lease.serviceId() == serviceId && lease.beginLeaving()) {
          leaving.add(lease);
        }
      }
    }
    leaving.forEach(lease -> errands.run(() -> tell(lease)));
    return leaving;
  }

  /**
   * Cuts a wrapper off that does not let go; what it claimed is nobody's now.
   *
   * @return the names of this wrapper and of those around it
   */
  Set<String> cut(WrapperLease lease) {
    lease.cut();
    Set<String> names = new HashSet<>();
    ArrayDeque<String> around = new ArrayDeque<>();
    around.add(lease.holder());
    synchronized (leases) {
      leases.remove(lease);
      while (!around.isEmpty()) {
        String name = around.remove();
        if (names.add(name)) {
          for (WrapperLease other : leases) {
            if (other.name().equals(name)) {
              around.add(other.holder());
            }
          }
        }
      }
    }
    return names;
  }

  private void tell(WrapperLease lease) {
    try {
      lease.runLeaving();
    } catch (Throwable e) { // a vendor's
      log.error(lease.described() + " threw when that left: " + VendorFault.describe(e));
    }
  }
}
