package org.patchbay.tap;

import java.util.Arrays;

/**
 * Ids of receive buffers in the order in which they were posted. Grows when more are posted than
 * ever before and allocates nothing otherwise. Not thread-safe.
 */
final class PostedBuffers {
  private int[] ids = new int[1024]; // a power of two
  private int head;
  private int count;

  /** Adds {@code ids[0]} to {@code ids[added - 1]}. */
  void add(int[] posted, int added) {
    while (count + added > ids.length) {
      grow();
    }
    int mask = ids.length - 1;
    for (int i = 0; i < added; i++) {
      ids[head + count + i & mask] = posted[i];
    }
    count += added;
  }

  private void grow() {
    int[] larger = Arrays.copyOf(ids, ids.length * 2);
    // What had wrapped around to the start goes behind the old end.
    System.arraycopy(ids, 0, larger, ids.length, head);
    ids = larger;
  }

  int count() {
    return count;
  }

  /** The id posted first of those that are left; there must be one. */
  int oldest() {
    return ids[head];
  }

  /** Forgets the id posted first. */
  void removeOldest() {
    head = head + 1 & ids.length - 1;
    count--;
  }
}
