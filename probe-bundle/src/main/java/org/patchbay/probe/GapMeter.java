package org.patchbay.probe;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The longest time without a frame that came back, since the measuring began. One thread counts,
 * any thread reads.
 */
final class GapMeter {

  private final AtomicLong longest = new AtomicLong();
  private final AtomicLong last;

  /**
   * @param now {@link System#nanoTime()}, from which the first gap counts
   */
  GapMeter(long now) {
    last = new AtomicLong(now);
  }

  /** Frames came back. */
  void returned(long now) {
    long gap = now - last.getPlain();
    if (gap > longest.getPlain()) {
      longest.setOpaque(gap);
    }
    last.setOpaque(now);
  }

  /** Begins anew. */
  void clear(long now) {
    last.setOpaque(now);
    longest.setOpaque(0);
  }

  /** The longest gap in nanoseconds, the one that has not ended included. */
  long longest(long now) {
    return Math.max(longest.getOpaque(), now - last.getOpaque());
  }
}
