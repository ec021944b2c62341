package org.patchbay.api.driver;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.QueueDriver;

/** A queue's driver, as its owner, the engine, holds it. */
@ProviderType
public interface OwnedQueueDriver extends QueueDriver, AutoCloseable {

  /**
   * Ends all watches of the queue; its wake-ups do nothing from now on. Called by the coordinator
   * while the worker rests, or by the worker. A second call does nothing.
   */
  @Override
  void close();
}
