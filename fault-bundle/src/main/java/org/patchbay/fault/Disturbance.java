package org.patchbay.fault;

/**
 * What a middleware does to frames. Rates are in millionths.
 *
 * @param direction which frames
 * @param delayNanos how long a delayed frame waits
 * @param delayed how many frames are delayed
 * @param drop how many are dropped
 * @param duplicate how many of those sent go twice
 * @param reorder how many change places with the next one
 * @param corrupt how many of those received have a bit turned over
 * @param seed of the numbers that decide; the same seed decides the same
 */
record Disturbance(
    Direction direction,
    long delayNanos,
    int delayed,
    int drop,
    int duplicate,
    int reorder,
    int corrupt,
    long seed) {

  /** A rate of all. */
  static final int ALL = 1_000_000;

  /** The one that leaves every frame as it is. */
  static final Disturbance NONE = new Disturbance(Direction.BOTH, 0, ALL, 0, 0, 0, 0, 0);

  private boolean delays() {
    return delayNanos > 0 && delayed > 0;
  }

  /** Whether frames that the NIC sends are touched. */
  boolean touchesSent() {
    return direction != Direction.RECEIVE && (delays() || (drop | duplicate | reorder) != 0);
  }

  /** Whether frames that the NIC receives are touched. */
  boolean touchesReceived() {
    return direction != Direction.SEND && (delays() || (drop | reorder | corrupt) != 0);
  }

  /** Whether some frame is touched. */
  boolean isActive() {
    return touchesSent() || touchesReceived();
  }

  /** Whether frames are held until a time comes. */
  boolean needsTimer() {
    return delays() || reorder > 0;
  }

  /** The same, with another rate of frames that change places. */
  Disturbance withReorder(int rate) {
    return new Disturbance(direction, delayNanos, delayed, drop, duplicate, rate, corrupt, seed);
  }
}
