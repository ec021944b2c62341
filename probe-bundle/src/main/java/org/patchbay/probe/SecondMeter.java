package org.patchbay.probe;

import java.util.concurrent.atomic.AtomicLong;

/** Rates of the last full second. One thread counts, any thread reads. */
final class SecondMeter {

  private static final long SECOND_NANOS = 1_000_000_000L;

  private final AtomicLong sentPerSecond = new AtomicLong();
  private final AtomicLong returnedPerSecond = new AtomicLong();
  private final AtomicLong began;

  // Counts when the present second began.
  private long sentBefore;
  private long returnedBefore;

  SecondMeter(long now) {
    began = new AtomicLong(now);
  }

  /** Notes the counts, once a second. */
  void tick(long now, long sent, long returned) {
    long elapsed = now - began.getPlain();
    if (elapsed >= SECOND_NANOS) {
      sentPerSecond.setOpaque(perSecond(sent - sentBefore, elapsed));
      returnedPerSecond.setOpaque(perSecond(returned - returnedBefore, elapsed));
      sentBefore = sent;
      returnedBefore = returned;
      began.setRelease(now);
    }
  }

  private static long perSecond(long count, long nanos) {
    return Math.round(count * (double) SECOND_NANOS / nanos);
  }

  /** Whether the counting thread has had nothing to do for so long that the rates are 0. */
  private boolean isQuiet() {
    return System.nanoTime() - began.getAcquire() > 2 * SECOND_NANOS;
  }

  long sentPerSecond() {
    return isQuiet() ? 0 : sentPerSecond.getOpaque();
  }

  long returnedPerSecond() {
    return isQuiet() ? 0 : returnedPerSecond.getOpaque();
  }
}
