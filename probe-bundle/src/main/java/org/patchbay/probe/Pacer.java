package org.patchbay.probe;

/**
 * When frames are due at a steady rate. The times are those of an ideal clock, without an error
 * that adds up: frame {@code k} of a second is due at {@code k / rate} after the second began.
 * Worker only.
 */
final class Pacer {

  private static final long SECOND = 1_000_000_000L;

  private long rate;
  private long secondBegan;
  private long index;

  /**
   * Begins anew: the first frame is due at once.
   *
   * @param newRate frames a second, at least 1
   * @param now {@link System#nanoTime()}
   */
  void start(long newRate, long now) {
    rate = newRate;
    secondBegan = now;
    index = 0;
  }

  /** When the next frame is due, on the clock of {@link System#nanoTime()}. */
  long due() {
    return secondBegan + Math.ceilDiv(index * SECOND, rate);
  }

  /** Goes on to the frame after. */
  void advance() {
    index++;
    if (index == rate) {
      index = 0;
      secondBegan += SECOND;
    }
  }

  /**
   * Passes over all frames that are due.
   *
   * @return how many
   */
  long skip(long now) {
    if (due() - now > 0) {
      return 0;
    }
    // Whole seconds apart from the rest, so that nothing overflows after a long sleep.
    long elapsed = now - secondBegan;
    long wholeSeconds = elapsed / SECOND;
    long dueInSecond = elapsed % SECOND * rate / SECOND + 1;
    long skipped = wholeSeconds * rate + dueInSecond - index;
    secondBegan += wholeSeconds * SECOND;
    index = dueInSecond;
    if (index == rate) {
      index = 0;
      secondBegan += SECOND;
    }
    return skipped;
  }
}
