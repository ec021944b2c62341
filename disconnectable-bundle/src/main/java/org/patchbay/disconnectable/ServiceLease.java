package org.patchbay.disconnectable;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

/**
 * One holder's claim on an endpoint service and the object that it took of it. Taking and giving
 * back may run a vendor's code, of a component or a service factory, so both are bounded.
 */
final class ServiceLease implements Lease {

  /** How long an activation may take before its thread is interrupted. */
  static final long TAKE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long NAP_NANOS = 50_000;

  private final String name;
  private final long serviceId;
  private final String origin;
  private final Holder holder;
  private final boolean shared;
  private final ClaimTable claims;
  private final CallThreads threads;
  private final StuckThreads stuck;
  private final @Nullable ServiceObjects<Endpoint> objects;

  // All guarded by this; nothing is called out while it is held.
  private boolean claimed = true;
  private boolean abandoned;
  private @Nullable Thread calling;
  private StuckThreads.@Nullable Entry stuckEntry;
  private @Nullable Endpoint endpoint;

  /** For a claim that the table has granted. */
  ServiceLease(
      String name,
      TrackedEndpoint service,
      Holder holder,
      ClaimTable claims,
      CallThreads threads,
      StuckThreads stuck,
      BundleContext context) {
    this.name = name;
    this.serviceId = service.serviceId();
    this.origin = service.origin();
    this.shared = service.isPrototype();
    this.holder = holder;
    this.claims = claims;
    this.threads = threads;
    this.stuck = stuck;
    ServiceReference<Endpoint> reference = service.reference();
    this.objects = context.getServiceObjects(reference);
  }

  /**
   * Takes the object: an instance of its own if the service is a prototype. If that fails, the
   * claim is given up; if it does not return, as soon as it does.
   *
   * @throws EndpointException {@link EndpointError#BACKEND_FAILED}
   */
  void take() throws EndpointException {
    ServiceObjects<Endpoint> from = objects;
    Endpoint taken;
    try {
      taken = from == null ? null : bounded("getService", from::getService, TAKE_NANOS, this::late);
    } catch (Throwable e) { // a vendor's
      unclaim();
      throw failure("its activation threw " + VendorFault.describe(e), e);
    }
    if (isAbandoned()) {
      throw failure("its activation does not return", null);
    }
    if (taken == null) {
      unclaim();
      throw failure("it gave no object", null);
    }
    set(taken);
  }

  private EndpointException failure(String problem, @Nullable Throwable thrown) {
    return new EndpointException(
        EndpointError.BACKEND_FAILED,
        "endpoint " + name + " of " + origin + ": " + problem,
        thrown == null ? null : VendorFault.of(thrown));
  }

  private interface FrameworkCall {
    @Nullable Endpoint run();
  }

  private interface Late {
    void returned(@Nullable Endpoint taken);
  }

  /** The object came, when nobody waited for it any more. On the thread that was given up. */
  private void late(@Nullable Endpoint taken) {
    try {
      if (taken != null) {
        ungetQuietly(taken);
      }
    } finally {
      recover();
      unclaim();
    }
  }

  /**
   * Runs a call of the framework that may run a vendor's code, on a thread of its own.
   *
   * @param late told if the call returned after it was given up
   * @return its result; null if it was given up, which abandons the lease
   */
  private @Nullable Endpoint bounded(String call, FrameworkCall body, long limitNanos, Late late)
      throws Throwable {
    Instant since = Instant.now();
    CallThreads.Call<Optional<Endpoint>> aside =
        threads.start(
            () -> {
              begin();
              Endpoint result = null;
              try {
                result = body.run();
              } finally {
                if (endLate()) {
                  late.returned(result);
                }
              }
              return Optional.ofNullable(result);
            });
    long begun = System.nanoTime();
    if (!aside.await(begun + limitNanos)) {
      interrupt();
      if (!aside.await(begun + limitNanos + GRACE_NANOS)) {
        if (aside.cancel()) {
          throw new IllegalStateException("no thread could begin " + call);
        }
        while (!aside.await(System.nanoTime() + NAP_NANOS)) {
          if (giveUp(call, since)) {
            return null;
          }
        }
      }
    }
    return aside.result().orElse(null);
  }

  private synchronized void begin() {
    calling = Thread.currentThread();
  }

  private synchronized void interrupt() {
    if (calling != null) {
      calling.interrupt();
    }
  }

  /** Notes the call as left to itself; false if it has ended, or is about to begin. */
  private synchronized boolean giveUp(String call, Instant since) {
    Thread thread = calling;
    if (thread == null) {
      return false;
    }
    stuckEntry = new StuckThreads.Entry(thread, call, name, origin, holder.shown(), since);
    stuck.add(stuckEntry);
    abandonHere();
    return true;
  }

  /** The call has ended; whether it had been given up. */
  private synchronized boolean endLate() {
    calling = null;
    StuckThreads.Entry entry = stuckEntry;
    stuckEntry = null;
    if (entry != null) {
      stuck.remove(entry);
    }
    return entry != null;
  }

  private synchronized void set(Endpoint taken) {
    endpoint = taken;
  }

  private synchronized boolean isAbandoned() {
    return abandoned;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public synchronized Endpoint endpoint() {
    if (endpoint == null) {
      throw new IllegalStateException("endpoint " + name + " was given back");
    }
    return endpoint;
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
  public synchronized void unclaim() {
    if (claimed && !abandoned) {
      claimed = false;
      claims.release(serviceId, holder);
    }
  }

  @Override
  public void unget() {
    Endpoint taken = letGo();
    if (taken == null) {
      return;
    }
    try {
      bounded(
          "ungetService",
          () -> {
            ungetQuietly(taken);
            return null;
          },
          VendorCall.LIMIT_NANOS,
          nothing -> {
            recover();
            unclaim();
          });
    } catch (Throwable e) {
      // The framework tells of what a factory throws when it takes back.
    }
  }

  @Override
  public void ungetHere() {
    Endpoint taken = letGo();
    if (taken != null) {
      ungetQuietly(taken);
    }
  }

  private synchronized @Nullable Endpoint letGo() {
    Endpoint taken = abandoned ? null : endpoint;
    if (taken != null) {
      endpoint = null;
    }
    return taken;
  }

  private void ungetQuietly(Endpoint taken) {
    ServiceObjects<Endpoint> from = objects;
    try {
      if (from != null) {
        from.ungetService(taken);
      }
    } catch (IllegalStateException | IllegalArgumentException e) {
      // Unregistered, or this bundle has stopped: the framework has taken it back itself.
    }
  }

  @Override
  public synchronized void abandon() {
    abandonHere();
  }

  private void abandonHere() {
    abandoned = true;
    if (!shared && claimed) {
      claims.setStuck(serviceId, true);
    }
  }

  @Override
  public synchronized void recover() {
    if (abandoned && !shared && claimed) {
      claims.setStuck(serviceId, false);
    }
    abandoned = false;
  }
}
