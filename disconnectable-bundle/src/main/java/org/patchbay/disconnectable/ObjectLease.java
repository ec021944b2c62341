package org.patchbay.disconnectable;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;

/** An endpoint object that its owner connected; there is nothing to give back to the framework. */
record ObjectLease(String name, Endpoint endpoint) implements Lease {

  @Override
  public long serviceId() {
    return NO_SERVICE;
  }

  @Override
  public String origin() {
    return "object of class " + endpoint.getClass().getName();
  }

  @Override
  public void unclaim() {}

  @Override
  public void unget() {}

  @Override
  public void abandon() {}

  @Override
  public @Nullable Endpoint returned() {
    return endpoint;
  }
}
