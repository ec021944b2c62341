package org.patchbay.api.control;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.Endpoint;

/** A wrapper's right to the endpoint it works around, from {@link EndpointClaims}. Any thread. */
@ProviderType
public interface EndpointLease extends AutoCloseable {

  /** Name of the endpoint. */
  String name();

  /**
   * The endpoint, the same object at each call. It passes on every method, optional ones included,
   * and throws {@link IllegalStateException} once the lease was closed.
   */
  Endpoint endpoint();

  /**
   * Gives the endpoint back, which the wrapper has stopped after its queues were closed. A second
   * call does nothing. Not within a call of an endpoint or queue, as what it runs may be a vendor's
   * code.
   */
  @Override
  void close();
}
