package org.patchbay.api;

import java.util.Arrays;

/**
 * A reusable list of guest segments (address, length) of receive buffers. Grows when a buffer has
 * more segments than ever before and allocates nothing otherwise. Not thread-safe.
 */
public final class RxSegments {

  private long[] addresses;
  private int[] lengths;
  private int[] bufferEnds;
  private int count;
  private int buffers;

  /**
   * @param initialSegments how many segments fit before the first growth, at least 1
   */
  public RxSegments(int initialSegments) {
    addresses = new long[initialSegments];
    lengths = new int[initialSegments];
    bufferEnds = new int[initialSegments];
  }

  /** Forgets all segments. */
  public void clear() {
    count = 0;
    buffers = 0;
  }

  /**
   * Appends a segment.
   *
   * @param address guest physical address
   * @param length length in bytes
   */
  public void add(long address, int length) {
    if (count == addresses.length) {
      addresses = Arrays.copyOf(addresses, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    addresses[count] = address;
    lengths[count] = length;
    count++;
  }

  /** Marks the end of a buffer: segments appended from now on are of the next one. */
  public void endBuffer() {
    if (buffers == bufferEnds.length) {
      bufferEnds = Arrays.copyOf(bufferEnds, buffers * 2);
    }
    bufferEnds[buffers++] = count;
  }

  /** Number of segments. */
  public int count() {
    return count;
  }

  /** Number of buffers that were ended. */
  public int buffers() {
    return buffers;
  }

  /** Index of the first segment of a buffer. */
  public int firstSegment(int buffer) {
    return buffer == 0 ? 0 : bufferEnds[buffer - 1];
  }

  /** Index after the last segment of a buffer. */
  public int endSegment(int buffer) {
    return bufferEnds[buffer];
  }

  /** Guest physical address of a segment. */
  public long address(int segment) {
    return addresses[segment];
  }

  /** Length of a segment in bytes. */
  public int length(int segment) {
    return lengths[segment];
  }
}
