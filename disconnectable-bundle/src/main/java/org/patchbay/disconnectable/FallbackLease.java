package org.patchbay.disconnectable;

import org.patchbay.api.Endpoint;
import org.patchbay.api.control.SwapRecord;
import org.patchbay.nullendpoint.NullEndpoint;

/**
 * A NIC's own null endpoint, which serves while nothing is plugged. Its class is embedded in this
 * bundle, so it serves even while the null bundle is being stopped.
 */
record FallbackLease(Endpoint endpoint) implements Lease {

  FallbackLease() {
    this(new NullEndpoint());
  }

  @Override
  public String name() {
    return SwapRecord.FALLBACK;
  }

  @Override
  public long serviceId() {
    return NO_SERVICE;
  }

  @Override
  public String origin() {
    return "the fallback";
  }

  @Override
  public void unclaim() {}

  @Override
  public void unget() {}

  @Override
  public void abandon() {}
}
