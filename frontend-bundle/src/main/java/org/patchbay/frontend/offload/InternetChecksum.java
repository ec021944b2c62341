package org.patchbay.frontend.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One's complement sums of 16-bit words in network byte order (RFC 1071). A sum is a number from 0
 * to 0xffff; sums of parts are added and {@linkplain #fold folded}, that of a part which begins at
 * an odd offset being {@linkplain #swap swapped} first.
 */
final class InternetChecksum {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private InternetChecksum() {}

  /** Sum of {@code length} bytes, an odd last one being followed by a zero. */
  static int sum(MemorySegment memory, long offset, int length) {
    // The sum does not depend on the byte order but for a swap at the end, nor on the width of the
    // words: 32-bit halves are added, in two accumulators that cannot overflow.
    long low = 0;
    long high = 0;
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      long word = memory.get(LONG, offset + i);
      low += word & 0xffff_ffffL;
      high += word >>> 32;
    }
    long total = low + high;
    if ((length & 4) != 0) {
      total += memory.get(INT, offset + i) & 0xffff_ffffL;
      i += 4;
    }
    if ((length & 2) != 0) {
      total += memory.get(SHORT, offset + i) & 0xffff;
      i += 2;
    }
    if ((length & 1) != 0) {
      total += memory.get(ValueLayout.JAVA_BYTE, offset + i) & 0xff;
    }
    return swap(fold(total));
  }

  /** Folds a total of sums, not negative, into a sum. */
  static int fold(long total) {
    long folded = (total & 0xffff_ffffL) + (total >>> 32);
    folded = (folded & 0xffff) + (folded >>> 16);
    folded = (folded & 0xffff) + (folded >>> 16);
    folded = (folded & 0xffff) + (folded >>> 16);
    return (int) folded;
  }

  /** The sum of the same bytes, moved by one. */
  static int swap(int sum) {
    return (sum & 0xff) << 8 | sum >>> 8;
  }
}
