package org.patchbay.fault;

/**
 * Numbers that wait, each until its time; one that is not due holds up those behind it, so that
 * they keep their order. One thread at a time; grows when it holds more than ever before.
 */
final class DueFifo {

  private int[] values = new int[256]; // a power of two
  private long[] times = new long[values.length];
  private int first;
  private int end;

  boolean isEmpty() {
    return first == end;
  }

  /**
   * Appends a number.
   *
   * @param time when it is due, by {@link System#nanoTime()}
   */
  void add(int value, long time) {
    if (end - first == values.length) {
      grow();
    }
    int slot = end++ & values.length - 1;
    values[slot] = value;
    times[slot] = time;
  }

  private void grow() {
    int[] moreValues = new int[2 * values.length];
    long[] moreTimes = new long[moreValues.length];
    for (int i = 0; i < values.length; i++) {
      int slot = first + i & values.length - 1;
      moreValues[i] = values[slot];
      moreTimes[i] = times[slot];
    }
    end -= first;
    first = 0;
    values = moreValues;
    times = moreTimes;
  }

  /** Whether the oldest is due. */
  boolean isDue(long now) {
    return first != end && times[first & times.length - 1] - now <= 0;
  }

  /** When the oldest is due; there must be one. */
  long time() {
    return times[first & times.length - 1];
  }

  /** The number that is {@code index} places behind the oldest; there must be one. */
  int peek(int index) {
    return values[first + index & values.length - 1];
  }

  /** Whether the number that is {@code index} places behind the oldest is there and due. */
  boolean isDue(int index, long now) {
    return index < end - first && times[first + index & times.length - 1] - now <= 0;
  }

  /** Takes the oldest; there must be one. */
  int take() {
    return values[first++ & values.length - 1];
  }

  void clear() {
    first = end;
  }
}
