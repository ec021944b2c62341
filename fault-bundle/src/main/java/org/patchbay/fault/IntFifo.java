package org.patchbay.fault;

/** Numbers in order; grows when it holds more than ever before. One thread at a time. */
final class IntFifo {

  private int[] slots = new int[256]; // a power of two
  private int first;
  private int end;

  boolean isEmpty() {
    return first == end;
  }

  int size() {
    return end - first;
  }

  void add(int value) {
    if (end - first == slots.length) {
      int[] larger = new int[2 * slots.length];
      for (int i = 0; i < slots.length; i++) {
        larger[i] = slots[first + i & slots.length - 1];
      }
      end -= first;
      first = 0;
      slots = larger;
    }
    slots[end++ & slots.length - 1] = value;
  }

  /** Takes the oldest; there must be one. */
  int take() {
    return slots[first++ & slots.length - 1];
  }

  /**
   * Takes the oldest into {@code target}, from an index on.
   *
   * @param most how many at most
   * @return how many
   */
  int take(int[] target, int from, int most) {
    int count = Math.min(most, size());
    for (int i = 0; i < count; i++) {
      target[from + i] = take();
    }
    return count;
  }

  void clear() {
    first = end;
  }
}
