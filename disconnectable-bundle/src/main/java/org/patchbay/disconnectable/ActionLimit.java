package org.patchbay.disconnectable;

import java.util.concurrent.TimeUnit;

/**
 * How often an endpoint may have its frontend do something: a few actions at once, then ten a
 * second, so that a link that flaps without pause neither fills a mailbox nor troubles a guest; the
 * last state always gets through. Each restart makes guests wait, so that too many are a failure.
 * Used by the plug's waiter alone.
 */
final class ActionLimit {

  /** How many restarts are too many, as the end of a sentence. */
  static final String RULE = "more than 5 times within 10 s";

  private static final int MOST_RESTARTS = 5;
  private static final long RESTARTS_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int MOST_AT_ONCE = 10;
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final long[] restarts = new long[MOST_RESTARTS];
  private int asked;
  // The moment until which actions so far are paid for.
  private long paidUntil = System.nanoTime();

  /** Counts a restart; whether it is one too many. */
  boolean isRestartTooMuch() {
    long now = System.nanoTime();
    int slot = asked % MOST_RESTARTS;
    boolean tooMuch = asked >= MOST_RESTARTS && now - restarts[slot] < RESTARTS_WITHIN_NANOS;
    restarts[slot] = now;
    asked++;
    return tooMuch;
  }

  /** Counts an action, and waits if there were too many. */
  void pace() throws InterruptedException {
    long now = System.nanoTime();
    paidUntil = Math.max(paidUntil, now) + PACE_NANOS;
    long ahead = paidUntil - now - MOST_AT_ONCE * PACE_NANOS;
    if (ahead > 0) {
      TimeUnit.NANOSECONDS.sleep(ahead);
    }
  }
}
