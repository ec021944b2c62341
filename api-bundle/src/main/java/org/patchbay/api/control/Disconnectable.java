package org.patchbay.api.control;

import org.osgi.annotation.versioning.ProviderType;

/** The two sides of one disconnectable: the engine's and the operator's. */
@ProviderType
public interface Disconnectable extends AutoCloseable {

  /** The endpoint for the frontend's engine. */
  DisconnectableEndpoint endpoint();

  /** The operator's side, also registered as a service. */
  DisconnectableControl control();

  /**
   * Releases whatever is plugged, within 3 seconds, and unregisters the control. The engine has
   * closed its queues before. Any thread; a second call does nothing.
   */
  @Override
  void close();
}
