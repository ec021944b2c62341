package org.patchbay.loopback;

/**
 * The ids of the receive buffers that a queue holds, in the order posted, with a mark between those
 * that hold a packet and those that are free:
 *
 * <pre>
 *   filled → firstFilled … firstFree … end
 *            |  holds a packet  |  free  |
 * </pre>
 *
 * Grows when more buffers are posted than ever before and allocates nothing otherwise. Used by one
 * thread at a time.
 */
final class BufferRing {

  private static final int INITIAL_SIZE = 64; // power of two

  private int[] ids = new int[INITIAL_SIZE];

  // Positions only grow (and may wrap around); a position's slot is its low bits.
  private int firstFilled;
  private int firstFree;
  private int end;

  /** Number of free buffers. */
  int free() {
    return end - firstFree;
  }

  /** Number of buffers that hold a packet. */
  int filled() {
    return firstFree - firstFilled;
  }

  /** Appends {@code ids[0]} to {@code ids[count - 1]} as free. */
  void post(int[] posted, int count) {
    int held = end - firstFilled;
    if (count > ids.length - held) {
      grow(held + count);
    }
    int[] slots = ids;
    int mask = slots.length - 1;
    int position = end;
    for (int i = 0; i < count; i++) {
      slots[position++ & mask] = posted[i];
    }
    end = position;
  }

  private void grow(int needed) {
    int[] larger = new int[Integer.highestOneBit(needed - 1) << 1];
    int held = end - firstFilled;
    for (int i = 0; i < held; i++) {
      larger[i] = ids[firstFilled + i & ids.length - 1];
    }
    ids = larger;
    firstFree -= firstFilled;
    firstFilled = 0;
    end = held;
  }

  /** Id of the oldest free buffer; there must be one. */
  int oldestFree() {
    return ids[firstFree & ids.length - 1];
  }

  /** The array that {@link #freeSlot} is an index of; until the next {@link #post}. */
  int[] ids() {
    return ids;
  }

  /** Where the oldest free buffer's id is. */
  int freeSlot() {
    return firstFree & ids.length - 1;
  }

  /** How many ids of free buffers stand one behind the other from {@link #freeSlot} on. */
  int freeRun() {
    return Math.min(free(), ids.length - freeSlot());
  }

  /** Marks the oldest free buffers as filled. */
  void fill(int count) {
    firstFree += count;
  }

  /**
   * Removes the oldest filled buffers.
   *
   * @param target takes their ids
   * @param space how many ids fit
   * @return how many were removed
   */
  int take(int[] target, int space) {
    int count = Math.min(space, filled());
    int[] slots = ids;
    int mask = slots.length - 1;
    int position = firstFilled;
    for (int i = 0; i < count; i++) {
      target[i] = slots[position++ & mask];
    }
    firstFilled = position;
    return count;
  }

  /** Forgets all buffers. */
  void clear() {
    firstFilled = 0;
    firstFree = 0;
    end = 0;
  }
}
