package org.patchbay.conformance;

import org.osgi.annotation.versioning.ConsumerType;
import org.patchbay.api.Endpoint;

/** Puts a wrapper around an endpoint, as a vendor's test implements it. */
@ConsumerType
@FunctionalInterface
public interface WrapperMaker {

  /**
   * Makes a wrapper that is ready to open queues.
   *
   * @param inside the endpoint that it is around
   * @throws Exception if that fails, which fails the check as a failure of the fixture
   */
  Endpoint wrap(Endpoint inside) throws Exception;
}
