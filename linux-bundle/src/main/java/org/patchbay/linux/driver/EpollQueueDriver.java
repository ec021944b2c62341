package org.patchbay.linux.driver;

import java.util.ArrayList;
import java.util.List;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;

/** A queue's share of a worker's wait: its watches, which end with it. */
final class EpollQueueDriver implements OwnedQueueDriver {
  private final EpollWait wait;
  private final List<EpollWatch> watches = new ArrayList<>(); // guarded by itself
  private volatile boolean closed; // written under watches

  EpollQueueDriver(EpollWait wait) {
    this.wait = wait;
  }

  @Override
  public void wake() {
    if (!closed) {
      wait.wake();
    }
  }

  @Override
  public Watch watch(int descriptor) throws EndpointException {
    synchronized (watches) {
      if (closed) {
        throw new EndpointException(EndpointError.CLOSED, "the queue's driver takes no watches");
      }
      EpollWatch watch = wait.open(descriptor);
      watches.add(watch);
      return watch;
    }
  }

  @Override
  public void close() {
    synchronized (watches) {
      closed = true;
      watches.forEach(EpollWatch::close);
      watches.clear();
    }
  }
}
