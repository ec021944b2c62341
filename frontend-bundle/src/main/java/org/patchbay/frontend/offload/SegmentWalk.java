package org.patchbay.frontend.offload;

import java.lang.foreign.MemorySegment;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.TxBatch;

/**
 * A position in a packet's bytes, as they lie in guest segments, from which slices are taken one
 * after the other. The packet is well-formed and within guest memory, which its user has checked.
 */
final class SegmentWalk {

  // Restricted, as any view of arbitrary memory: only ranges that a region holds are touched.
  @SuppressWarnings("restricted")
  private static final MemorySegment NATIVE = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private int segment;
  private int end;
  private int skipped;

  /** Goes to {@code offset} bytes from a packet's start, at most its length. */
  void start(TxBatch batch, int packet, int offset) {
    segment = batch.firstSegment(packet);
    end = batch.endSegment(packet);
    skipped = offset;
    while (segment < end && skipped >= batch.segmentLength(segment)) {
      skipped -= batch.segmentLength(segment);
      segment++;
    }
  }

  /** How many segments have some of the next {@code length} bytes. */
  int count(TxBatch batch, int length) {
    int count = 0;
    int left = length;
    int skip = skipped;
    for (int i = segment; i < end && left > 0; i++) {
      int part = Math.min(batch.segmentLength(i) - skip, left);
      left -= part;
      count += part > 0 ? 1 : 0;
      skip = 0;
    }
    return count;
  }

  /** One's complement sum of the next {@code length} bytes. */
  int sum(TxBatch batch, GuestMemory memory, int length) {
    long total = 0;
    int left = length;
    int skip = skipped;
    for (int i = segment; i < end && left > 0; i++) {
      int part = Math.min(batch.segmentLength(i) - skip, left);
      int sum = sumOf(memory, batch.segmentAddress(i) + skip, part);
      boolean odd = ((length - left) & 1) != 0;
      total += odd ? InternetChecksum.swap(sum) : sum;
      left -= part;
      skip = 0;
    }
    return InternetChecksum.fold(total);
  }

  /**
   * Adds the next {@code length} bytes to the last packet of a batch, as slices of the segments
   * that they lie in, and goes behind them. The batch has room.
   */
  void append(TxBatch batch, TxBatch target, int length) {
    int left = length;
    while (segment < end && left > 0) {
      int rest = batch.segmentLength(segment) - skipped;
      int part = Math.min(rest, left);
      if (part > 0) {
        target.addSegment(batch.segmentAddress(segment) + skipped, part);
        left -= part;
      }
      if (part == rest) {
        segment++;
        skipped = 0;
      } else {
        skipped += part;
      }
    }
  }

  private static int sumOf(GuestMemory memory, long address, int length) {
    long from = memory.nativeAddress(address, length);
    return from != 0
        ? InternetChecksum.sum(NATIVE, from, length)
        : sumOverBorders(memory, address, length);
  }

  /** The same for a segment over the border of two regions. */
  private static int sumOverBorders(GuestMemory memory, long address, int length) {
    long total = 0;
    for (int done = 0; done < length; ) {
      int region = memory.regionOf(address + done, 1);
      if (region < 0) {
        break;
      }
      MemorySegment bytes = memory.regionMemory(region);
      long offset = address + done - memory.regionAddress(region);
      int part = (int) Math.min(length - done, bytes.byteSize() - offset);
      int sum = InternetChecksum.sum(bytes, offset, part);
      total += (done & 1) != 0 ? InternetChecksum.swap(sum) : sum;
      done += part;
    }
    return InternetChecksum.fold(total);
  }
}
