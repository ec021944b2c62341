package org.patchbay.frontend;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Takes the time from the last packet through old queues to the first through new ones, once. */
final class BlackoutMeter implements LongSupplier {

  private static final long UNKNOWN = -1;

  private final long from;
  private final AtomicLong nanos = new AtomicLong(UNKNOWN);

  /**
   * @param from when the last packet passed, as {@link System#nanoTime()}
   */
  BlackoutMeter(long from) {
    this.from = from;
  }

  /** A packet has passed; on the worker of any of the new queues. */
  void passed() {
    nanos.compareAndSet(UNKNOWN, System.nanoTime() - from);
  }

  @Override
  public long getAsLong() {
    return nanos.get();
  }
}
