package org.patchbay.cable;

/** A queue of numbers with a fixed capacity. Not thread-safe. */
final class IntRing {

  private final int[] values;
  private int head;
  private int size;

  /**
   * @param capacity at least 1; more is never added
   */
  IntRing(int capacity) {
    values = new int[capacity];
  }

  int size() {
    return size;
  }

  /** Adds a number at the end. */
  void add(int value) {
    values[place(size)] = value;
    size++;
  }

  /** The number at a position, 0 being the oldest. */
  int get(int position) {
    return values[place(position)];
  }

  /** Forgets the oldest numbers. */
  void remove(int count) {
    head = place(count);
    size -= count;
  }

  private int place(int position) {
    int place = head + position;
    return place < values.length ? place : place - values.length;
  }
}
