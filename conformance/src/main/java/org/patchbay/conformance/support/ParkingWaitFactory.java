package org.patchbay.conformance.support;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.api.driver.WorkerWaitFactory;

/** Waits for tests of backends without descriptors: they end by wake-ups alone. Any thread. */
public final class ParkingWaitFactory implements WorkerWaitFactory {

  /** A factory; it holds nothing. */
  public ParkingWaitFactory() {}

  @Override
  public WorkerWait open() {
    return new ParkingWait();
  }

  private static final class ParkingWait implements WorkerWait {

    private final Semaphore wakeUps = new Semaphore(0);

    @Override
    public OwnedQueueDriver openDriver() {
      return new OwnedQueueDriver() {

        private volatile boolean closed;

        @Override
        public void wake() {
          if (!closed) {
            ParkingWait.this.wake();
          }
        }

        @Override
        public Watch watch(int descriptor) throws EndpointException {
          return ParkingWait.this.watch(descriptor);
        }

        @Override
        public void close() {
          closed = true;
        }
      };
    }

    @Override
    public Watch watch(int descriptor) throws EndpointException {
      throw new EndpointException(
          EndpointError.UNSUPPORTED, "a parking wait can't wait for descriptor " + descriptor);
    }

    @Override
    public boolean await(long timeoutNanos) {
      try {
        if (timeoutNanos < 0) {
          wakeUps.acquire();
        } else if (!wakeUps.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS)) {
          return false;
        }
        wakeUps.drainPermits();
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    @Override
    public void wake() {
      wakeUps.release();
    }

    @Override
    public void close() {
      wakeUps.drainPermits();
    }
  }
}
