package org.patchbay.frontend;

import java.util.function.LongSupplier;

/** Takes the time from the last packet through old queues to the first through new ones, once. */
final class BlackoutMeter implements LongSupplier {

  private volatile long nanos = -1;

  void measured(long newNanos) {
    nanos = newNanos;
  }

  @Override
  public long getAsLong() {
    return nanos;
  }
}
