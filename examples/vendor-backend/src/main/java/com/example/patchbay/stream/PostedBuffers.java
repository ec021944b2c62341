package com.example.patchbay.stream;

/**
 * Ids of receive buffers, first in, first out. Grows when more are posted than ever before and
 * allocates nothing otherwise. Not thread-safe.
 */
final class PostedBuffers {
  private int[] ring = new int[1024]; // a power of two
  private int first;
  private int count;

  /** Adds {@code ids[0]} to {@code ids[added - 1]}. */
  void add(int[] ids, int added) {
    while (added > ring.length - count) {
      int[] larger = new int[ring.length * 2];
      for (int i = 0; i < count; i++) {
        larger[i] = ring[(first + i) & (ring.length - 1)];
      }
      ring = larger;
      first = 0;
    }
    for (int i = 0; i < added; i++) {
      ring[(first + count + i) & (ring.length - 1)] = ids[i];
    }
    count += added;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** The id posted first; there must be one. */
  int oldest() {
    return ring[first];
  }

  /** Forgets the id posted first; there must be one. */
  void removeOldest() {
    first = (first + 1) & (ring.length - 1);
    count--;
  }
}
