package org.patchbay.frontend;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;

/** A wait that runs anywhere: the worker parks, and descriptors can't be watched. */
final class ParkWait implements WorkerWait {

  private volatile boolean woken;
  private volatile @Nullable Thread sleeper;

  @Override
  public OwnedQueueDriver openDriver() {
    return new Driver();
  }

  @Override
  public Watch watch(int descriptor) throws EndpointException {
    throw unsupported();
  }

  @Override
  public boolean await(long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    sleeper = Thread.currentThread();
    while (!woken) {
      if (timeoutNanos < 0) {
        LockSupport.park(this);
      } else {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        LockSupport.parkNanos(this, left);
      }
      if (Thread.currentThread().isInterrupted()) {
        break; // parking would return at once for ever; the worker decides what an interrupt means
      }
    }
    sleeper = null;
    boolean wasWoken = woken;
    woken = false;
    return wasWoken;
  }

  @Override
  public void wake() {
    woken = true;
    Thread sleeping = sleeper;
    if (sleeping != null) {
      LockSupport.unpark(sleeping);
    }
  }

  @Override
  public void close() {}

  private static EndpointException unsupported() {
    return new EndpointException(
        EndpointError.UNSUPPORTED, "descriptors can't be watched on this platform");
  }

  private final class Driver implements OwnedQueueDriver {

    private volatile boolean closed;

    @Override
    public void wake() {
      if (!closed) {
        ParkWait.this.wake();
      }
    }

    @Override
    public Watch watch(int descriptor) throws EndpointException {
      throw unsupported();
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
