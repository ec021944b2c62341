package org.patchbay.disconnectable;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

/**
 * The plug that is current, its generation, and the capabilities that were cached with the last
 * endpoint. Changed by the coordinator, read by any thread.
 */
final class LivePlug {

  private final String nic;
  private final FacadeEndpoint fallback;
  private final FailoverPolicy policy;
  private volatile FacadeEndpoint current;
  private volatile long generation;
  private volatile @Nullable Capabilities cached;
  private volatile @Nullable Boolean linkUp;

  LivePlug(String nic, FailoverPolicy policy, VendorThreads vendors, OperatorLog log) {
    this.nic = nic;
    this.policy = policy;
    Lease ours = new FallbackLease();
    fallback =
        new FacadeEndpoint(ours, new VendorCall(ours, nic, null, vendors.stuck()), log, why -> {});
    try {
      fallback.ask();
    } catch (EndpointException e) {
      throw new AssertionError("the fallback is this bundle's own and answers", e);
    }
    fallback.adopt();
    current = fallback;
  }

  /** The plug that is current, the fallback included. */
  FacadeEndpoint current() {
    return current;
  }

  boolean isFallback() {
    return isFallback(current);
  }

  boolean isFallback(FacadeEndpoint plug) {
    return plug == fallback;
  }

  long generation() {
    return generation;
  }

  /** What the last endpoint said of itself, or null before the first. */
  @Nullable Capabilities cached() {
    return cached;
  }

  /**
   * As {@link #cached}.
   *
   * @throws IllegalStateException with the sentence of {@link EndpointError#NEVER_CONNECTED}
   */
  Capabilities known() {
    Capabilities known = cached;
    if (known == null) {
      throw new IllegalStateException(
          EndpointError.NEVER_CONNECTED.sentence() + ": NIC " + nic + "; plug one first");
    }
    return known;
  }

  /** The last link state that the plugged endpoint told of, or null. */
  @Nullable Boolean linkUp() {
    return linkUp;
  }

  void setLinkUp(boolean up) {
    linkUp = up;
  }

  // ---- by the coordinator ----

  /** The fallback, ready to become current. */
  FacadeEndpoint toFallback() {
    fallback.revive(); // it rests unless it is current already
    return fallback;
  }

  /** Makes a plug current, under a new generation. */
  void set(FacadeEndpoint plug) {
    long number = generation + 1;
    plug.setGeneration(number);
    generation = number;
    current = plug;
    linkUp = null;
    policy.setLive(plug.name(), isFallback(plug));
    cache();
  }

  /** Caches what the current plug says of itself now; what is known survives the fallback. */
  void cache() {
    FacadeEndpoint plug = current;
    if (isFallback(plug)) {
      return;
    }
    try {
      cached = plug.ask();
    } catch (EndpointException e) {
      // What it said when it was leased stands; a vendor that throws here hardly opens queues.
      cached = plug.capabilities();
      if (!plug.isAbandoned()) {
        plug.report("capabilities", e.getMessage());
      }
    }
  }
}
