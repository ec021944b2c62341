package org.patchbay.fault;

import java.util.SplittableRandom;

/**
 * The frames of one direction on their way through the middleware, as numbers: waits, and changes
 * of places. One thread at a time.
 */
final class Lane {

  /** How long a frame waits for the next one to change places with. */
  private static final long CHANGE_NANOS = 5_000_000;

  private final Disturbance disturbance;
  private final SplittableRandom random;
  private final DueFifo waiting = new DueFifo();
  private int heldBack;
  private long heldUntil;
  private boolean holds;

  Lane(Disturbance disturbance, SplittableRandom random) {
    this.disturbance = disturbance;
    this.random = random;
  }

  /** Decides by a rate. */
  boolean decide(int rate) {
    return rate > 0 && random.nextInt(Disturbance.ALL) < rate;
  }

  /** A number up to a bound. */
  int number(int bound) {
    return random.nextInt(bound);
  }

  /** Takes a frame in. */
  void add(int frame, long now) {
    if (!holds && decide(disturbance.reorder())) {
      heldBack = frame;
      heldUntil = now + CHANGE_NANOS;
      holds = true;
      return;
    }
    append(frame, now);
    if (holds) {
      holds = false;
      append(heldBack, now);
    }
  }

  private void append(int frame, long now) {
    boolean late = disturbance.delayNanos() > 0 && decide(disturbance.delayed());
    waiting.add(frame, late ? now + disturbance.delayNanos() : now);
  }

  /** Lets a frame go that has waited in vain for one to change places with. */
  void settle(long now) {
    if (holds && heldUntil - now <= 0) {
      holds = false;
      append(heldBack, now);
    }
  }

  /** The frames that wait, in their order. */
  DueFifo waiting() {
    return waiting;
  }

  /** When there is something to do next; {@link Long#MAX_VALUE} if there is not. */
  long nanosToNext(long now) {
    long next = holds ? Math.max(0, heldUntil - now) : Long.MAX_VALUE;
    return waiting.isEmpty() ? next : Math.min(next, Math.max(0, waiting.time() - now));
  }

  /** Forgets everything. */
  void clear() {
    waiting.clear();
    holds = false;
  }
}
