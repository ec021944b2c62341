package org.patchbay.api.driver;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;

/** Makes workers' waits; an OSGi service. Any thread. */
@ProviderType
public interface WorkerWaitFactory {

  /**
   * Makes a wait for one worker, which closes it.
   *
   * @throws EndpointException if the system has no descriptors left
   */
  WorkerWait open() throws EndpointException;
}
