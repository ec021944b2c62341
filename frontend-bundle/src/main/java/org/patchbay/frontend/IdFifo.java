package org.patchbay.frontend;

import java.util.Objects;

/** A queue of ids of fixed capacity. One thread at a time. */
final class IdFifo {

  private final int[] ids;
  private int head;
  private int size;

  /**
   * @param capacity how many ids fit
   */
  IdFifo(int capacity) {
    ids = new int[capacity];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  void add(int id) {
    Objects.checkIndex(size, ids.length);
    ids[slot(size++)] = id;
  }

  /** Removes the oldest id; there must be one. */
  int removeFirst() {
    int id = ids[head];
    head = slot(1);
    size--;
    return id;
  }

  /** The id at a position, 0 being the oldest. */
  int get(int position) {
    return ids[slot(Objects.checkIndex(position, size))];
  }

  /** Forgets all but the oldest ids. */
  void truncate(int newSize) {
    size = newSize;
  }

  private int slot(int position) {
    int slot = head + position;
    return slot < ids.length ? slot : slot - ids.length;
  }
}
