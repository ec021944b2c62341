package org.patchbay.disconnectable;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.Endpoint;
import org.patchbay.nullendpoint.NullEndpoint;

/**
 * An endpoint as the wrapper around it sees it. Once the lease is over it refuses every call, and
 * keeps nothing of the vendor's alive, whoever still holds it. Any thread.
 */
final class LeasedEndpoint extends DelegatingEndpoint {

  private final String name;
  private volatile @Nullable Endpoint vendors;

  LeasedEndpoint(String name, Endpoint vendors) {
    super(new NullEndpoint()); // never called: delegate() answers instead
    this.name = name;
    this.vendors = vendors;
  }

  /** Ends it. */
  void cut() {
    vendors = null;
  }

  @Override
  protected Endpoint delegate() {
    Endpoint present = vendors;
    if (present == null) {
      throw new IllegalStateException("endpoint " + name + " was given back");
    }
    return present;
  }

  @Override
  public String toString() {
    return "endpoint " + name;
  }
}
