package org.patchbay.benchmarks.loopback;

import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.Watch;

/** The driver of a queue whose worker never sleeps. */
final class IdleDriver implements QueueDriver {

  @Override
  public void wake() {
    // The measuring thread polls at every turn.
  }

  @Override
  public Watch watch(int descriptor) throws EndpointException {
    throw new EndpointException(
        EndpointError.UNSUPPORTED, "an endpoint in this bench has no descriptors to watch");
  }
}
