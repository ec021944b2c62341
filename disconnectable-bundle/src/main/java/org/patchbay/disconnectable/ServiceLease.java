package org.patchbay.disconnectable;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;
import org.patchbay.api.Endpoint;

/** One holder's claim on an endpoint service and the object that it took of it. */
final class ServiceLease implements Lease {

  private final String name;
  private final long serviceId;
  private final String origin;
  private final String provenance;
  private final Holder holder;
  private final ClaimTable claims;
  private final ServiceObjects<Endpoint> objects;
  private final AtomicBoolean claimed = new AtomicBoolean(true);
  private final AtomicBoolean held = new AtomicBoolean();
  private volatile @Nullable Endpoint endpoint;

  /** For a claim that the table has granted. */
  ServiceLease(
      String name,
      TrackedEndpoint service,
      Holder holder,
      ClaimTable claims,
      BundleContext context) {
    this.name = name;
    this.serviceId = service.serviceId();
    this.origin = service.origin();
    this.provenance = service.provenance();
    this.holder = holder;
    this.claims = claims;
    ServiceReference<Endpoint> reference = service.reference();
    this.objects = context.getServiceObjects(reference);
  }

  /**
   * Takes the object: an instance of its own if the service is a prototype; null if none is to be
   * had.
   */
  @Nullable Endpoint take() {
    Endpoint taken = objects == null ? null : objects.getService();
    endpoint = taken;
    held.set(taken != null);
    return taken;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Endpoint endpoint() {
    Endpoint taken = endpoint;
    if (taken == null) {
      throw new IllegalStateException("endpoint " + name + " was given back");
    }
    return taken;
  }

  @Override
  public long serviceId() {
    return serviceId;
  }

  @Override
  public String origin() {
    return origin;
  }

  @Override
  public String provenance() {
    return provenance;
  }

  @Override
  public void unclaim() {
    if (claimed.compareAndSet(true, false)) {
      claims.release(serviceId, holder);
    }
  }

  @Override
  public void unget() {
    Endpoint taken = endpoint;
    if (taken != null && held.compareAndSet(true, false)) {
      endpoint = null;
      try {
        objects.ungetService(taken);
      } catch (IllegalStateException | IllegalArgumentException e) {
        // Unregistered, or this bundle has stopped: the framework has taken it back itself.
      }
    }
  }

  @Override
  public void abandon() {
    claimed.set(false);
    held.set(false);
  }
}
