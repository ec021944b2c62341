package org.patchbay.probe;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.patchbay.api.Ethernet;
import org.patchbay.api.MacAddress;

/**
 * Writes and reads the frames of a probe. All numbers are big-endian; offsets are in bytes.
 *
 * <pre>
 *    0  destination: broadcast, so that any backend forwards it       6
 *    6  source: the NIC's address                                     6
 *   12  EtherType 0x88B5, local experimental (IEEE 802, 9.2.4)        2
 *   14  "PB"                                                          2
 *   16  stream: tells this probe from others                          8
 *   24  sequence                                                      8
 *   32  due time, {@link System#nanoTime()}                           8
 *   40  check: of length, stream, sequence and due time               8
 *   48  pattern to the end; with {@code verify} another in each frame
 * </pre>
 *
 * <p>Worker only.
 */
final class ProbeFrames {

  /** Length of all that comes before the pattern. */
  static final int HEADER_LENGTH = 48;

  private static final int TYPE_OFFSET = 12;
  private static final int STREAM_OFFSET = 16;
  private static final int SEQUENCE_OFFSET = 24;
  private static final int DUE_OFFSET = 32;
  private static final int CHECK_OFFSET = 40;

  private static final int TYPE_AND_MARK = 0x88B5_5042;
  private static final long BROADCAST = 0xffff_ffff_ffffL;

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L; // 2^64 / golden ratio, odd

  // Frames may begin anywhere in a buffer.
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private final long stream;
  private final MacAddress source;

  /**
   * @param stream tells this probe's frames from those of others
   */
  ProbeFrames(long stream, MacAddress source) {
    this.stream = stream;
    this.source = source;
  }

  /** Length in bytes of the longest frame of a NIC. */
  static int longest(int mtu) {
    return mtu + Ethernet.HEADER_LENGTH;
  }

  /** Writes what is the same in each frame, and a pattern behind it. */
  void prepare(MemorySegment memory, long offset, int length) {
    memory.set(LONG, offset, BROADCAST << 16 | source.value() >>> 32);
    memory.set(INT, offset + 8, (int) source.value());
    memory.set(INT, offset + TYPE_OFFSET, TYPE_AND_MARK);
    memory.set(LONG, offset + STREAM_OFFSET, stream);
    writePattern(memory, offset, length, 0);
  }

  /** Writes what tells a frame from the others of this probe, but for the pattern. */
  void number(MemorySegment memory, long offset, int length, long sequence, long due) {
    memory.set(LONG, offset + SEQUENCE_OFFSET, sequence);
    memory.set(LONG, offset + DUE_OFFSET, due);
    memory.set(LONG, offset + CHECK_OFFSET, check(length, sequence, due));
  }

  /** Writes the pattern of a sequence. */
  void writePattern(MemorySegment memory, long offset, int length, long sequence) {
    int position = HEADER_LENGTH;
    for (; position <= length - Long.BYTES; position += Long.BYTES) {
      memory.set(LONG, offset + position, pattern(sequence, position));
    }
    long last = pattern(sequence, position);
    for (; position < length; position++) {
      memory.set(BYTE, offset + position, (byte) last);
      last >>>= Byte.SIZE;
    }
  }

  /** Whether a frame's pattern is that of a sequence. */
  boolean hasPattern(MemorySegment memory, long offset, int length, long sequence) {
    int position = HEADER_LENGTH;
    long difference = 0;
    for (; position <= length - Long.BYTES; position += Long.BYTES) {
      difference |= memory.get(LONG, offset + position) ^ pattern(sequence, position);
    }
    long last = pattern(sequence, position);
    for (; position < length; position++) {
      difference |= (memory.get(BYTE, offset + position) ^ last) & 0xff;
      last >>>= Byte.SIZE;
    }
    return difference == 0;
  }

  /** Whether a frame says that it is of this probe. */
  boolean isOwn(MemorySegment memory, long offset, int length) {
    return length >= HEADER_LENGTH
        && memory.get(INT, offset + TYPE_OFFSET) == TYPE_AND_MARK
        && memory.get(LONG, offset + STREAM_OFFSET) == stream;
  }

  /** Whether the header of an own frame, and its length, are as they were sent. */
  boolean isIntact(MemorySegment memory, long offset, int length) {
    return memory.get(LONG, offset + CHECK_OFFSET)
        == check(length, sequence(memory, offset), due(memory, offset));
  }

  long sequence(MemorySegment memory, long offset) {
    return memory.get(LONG, offset + SEQUENCE_OFFSET);
  }

  long due(MemorySegment memory, long offset) {
    return memory.get(LONG, offset + DUE_OFFSET);
  }

  private long check(int length, long sequence, long due) {
    long sum = (stream ^ sequence) * MULTIPLIER + due;
    return (sum ^ sum >>> 29) * MULTIPLIER + length;
  }

  private static long pattern(long sequence, int position) {
    return (sequence + position) * MULTIPLIER;
  }
}
