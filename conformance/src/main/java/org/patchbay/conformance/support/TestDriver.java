package org.patchbay.conformance.support;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.patchbay.api.EndpointException;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.api.driver.WorkerWaitFactory;

/** A queue's driver that counts wake-ups and lets a test sleep until one comes. */
public final class TestDriver implements QueueDriver, AutoCloseable {

  private final WorkerWait wait;
  private final OwnedQueueDriver driver;
  private final AtomicLong wakes = new AtomicLong();

  /**
   * A driver with a wait of its own.
   *
   * @param factory makes the wait: a {@link ParkingWaitFactory}, or one that can watch descriptors
   * @throws EndpointException if there can be no wait
   */
  public TestDriver(WorkerWaitFactory factory) throws EndpointException {
    wait = factory.open();
    driver = wait.openDriver();
  }

  @Override
  public void wake() {
    wakes.incrementAndGet();
    driver.wake();
  }

  @Override
  public Watch watch(int descriptor) throws EndpointException {
    return driver.watch(descriptor);
  }

  /** How often {@link #wake} was called. Any thread. */
  public long wakes() {
    return wakes.get();
  }

  /**
   * Sleeps until a wake-up or a watched descriptor.
   *
   * @return false if the timeout ended it
   */
  public boolean await(Duration timeout) {
    return wait.await(timeout.toNanos());
  }

  @Override
  public void close() {
    driver.close();
    wait.close();
  }
}
