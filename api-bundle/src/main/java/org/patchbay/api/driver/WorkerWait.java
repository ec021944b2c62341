package org.patchbay.api.driver;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.Watch;

/** One worker's wait. Methods are called by the worker's thread only, except where noted. */
@ProviderType
public interface WorkerWait extends AutoCloseable {

  /**
   * Opens the driver of one queue. May be called by the coordinator while the worker rests.
   *
   * @throws EndpointException {@link org.patchbay.api.EndpointError#CLOSED} after {@link #close()}
   */
  OwnedQueueDriver openDriver() throws EndpointException;

  /**
   * Watches a descriptor of the engine's own, such as a guest's kick. May be called by the
   * coordinator while the worker rests.
   *
   * @throws EndpointException as {@link QueueDriver#watch}
   */
  Watch watch(int descriptor) throws EndpointException;

  /**
   * Sleeps until {@link #wake()}, a watch that fires, or the timeout. A wake-up since the last
   * return makes it return at once.
   *
   * @param timeoutNanos nanoseconds; 0 only looks, a negative number waits for ever
   * @return false if the timeout ended it
   */
  boolean await(long timeoutNanos);

  /** Ends the present or the next {@link #await}. Any thread; cheap while the worker is awake. */
  void wake();

  /** Ends all drivers and watches. A second call does nothing. */
  @Override
  void close();
}
