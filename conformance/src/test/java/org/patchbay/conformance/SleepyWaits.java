package org.patchbay.conformance;

import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.api.driver.WorkerWaitFactory;

/**
 * Waits that sleep for seconds, whatever wakes them.
 *
 * @param inside makes the waits that these are around
 */
record SleepyWaits(WorkerWaitFactory inside) implements WorkerWaitFactory {

  @Override
  public WorkerWait open() throws EndpointException {
    WorkerWait wait = inside.open();
    return new WorkerWait() {
      @Override
      public OwnedQueueDriver openDriver() throws EndpointException {
        return wait.openDriver();
      }

      @Override
      public Watch watch(int descriptor) throws EndpointException {
        return wait.watch(descriptor);
      }

      @Override
      public boolean await(long timeoutNanos) {
        BrokenEndpoints.sleepForLong();
        return wait.await(timeoutNanos);
      }

      @Override
      public void wake() {
        wait.wake();
      }

      @Override
      public void close() {
        wait.close();
      }
    };
  }
}
