package org.patchbay.frontend;

import java.util.concurrent.TimeUnit;

/** Decides when a queue that asks for restarts has asked too often: three times within 10 s. */
final class RestartLimit {

  private static final int LIMIT = 3;
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final long[] times = new long[LIMIT];
  private int count;
  private long generation = -1;

  /** Notes a request of a generation; whether it is the one too many. */
  boolean isExceededBy(long newGeneration, long now) {
    if (generation != newGeneration) {
      generation = newGeneration;
      count = 0;
    }
    times[count % LIMIT] = now;
    count++;
    return count >= LIMIT && now - times[count % LIMIT] <= WINDOW_NANOS;
  }
}
