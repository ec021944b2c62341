package org.patchbay.frontend;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;

/** The wait of the worker that serves a ring pair, as the pair sees it. */
@ProviderType
public interface RingWatches {

  /**
   * Watches a descriptor, such as that of the guest's notifications. Nothing fires before the first
   * {@link Watch#arm}, for which {@link RingPair#pollReady} is the place. The descriptor must be
   * open longer than the watch; the ring pair closes the watch when it is halted.
   *
   * @throws EndpointException as {@link org.patchbay.api.QueueDriver#watch}
   */
  Watch watch(int descriptor) throws EndpointException;
}
