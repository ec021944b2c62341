package org.patchbay.linux.driver;

import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.linux.LinuxException;

/** Makes waits on epoll. */
public final class EpollWaitFactory implements WorkerWaitFactory {
  /** Does nothing; the first wait that is opened needs the bindings to work. */
  public EpollWaitFactory() {}

  @Override
  public WorkerWait open() throws EndpointException {
    try {
      return EpollWait.open();
    } catch (LinuxException failed) {
      throw new EndpointException(
          EndpointError.OUT_OF_DESCRIPTORS,
          "a worker's wait can't be made: " + failed.getMessage(),
          failed);
    }
  }
}
