package org.patchbay.frontend;

import org.osgi.annotation.versioning.ProviderType;

/** A thread that drives queues and rings. */
@ProviderType
public interface Worker extends AutoCloseable {

  /** Name of its thread. */
  String name();

  /** Ends the thread, within 3 seconds. Any other thread; a second call does nothing. */
  @Override
  void close();
}
