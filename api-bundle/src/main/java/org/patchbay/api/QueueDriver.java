package org.patchbay.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A queue's side of its worker's one wait. When there is nothing to do, the worker sleeps until the
 * guest, a watched descriptor or {@link #wake()} calls it.
 */
@ProviderType
public interface QueueDriver {

  /**
   * Makes the worker poll the queue again soon. Any thread; cheap while the worker is awake; never
   * lost; harmless after the queue was closed.
   */
  void wake();

  /**
   * Watches a descriptor from now until the watch or the queue is closed. Nothing fires before the
   * first {@link Watch#arm}. The descriptor stays the backend's, and must be open longer than the
   * watch: a backend that closes it in its queue's {@code close()} or its {@code stop()} closes the
   * watch before.
   *
   * @throws EndpointException {@link EndpointError#UNSUPPORTED} where this platform can't wait for
   *     descriptors, {@link EndpointError#SYSTEM_CALL_FAILED} where this descriptor can't be waited
   *     for
   */
  Watch watch(int descriptor) throws EndpointException;
}
