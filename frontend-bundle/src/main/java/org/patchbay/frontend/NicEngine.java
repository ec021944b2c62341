package org.patchbay.frontend;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;

/** The running engine of one NIC. Any thread. */
@ProviderType
public interface NicEngine extends AutoCloseable {

  /** The NIC, as operators see it. */
  Nic nic();

  /** The control of its disconnectable. */
  DisconnectableControl control();

  /**
   * Halts the NIC, closes its queues, releases what is plugged, gives what the engine held back to
   * the ring pair and unregisters the NIC, within 5 seconds. A second call does nothing.
   */
  @Override
  void close();
}
