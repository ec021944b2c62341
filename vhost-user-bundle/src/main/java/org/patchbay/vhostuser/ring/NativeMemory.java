package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * All native memory by its address, little-endian as virtio has it. Checks nothing: the caller has
 * checked the range against the mapped regions. Where a file behind a mapping was cut off, an
 * access ends in an {@link InternalError}.
 */
final class NativeMemory {

  // Restricted, as any view of arbitrary memory: only ranges that were checked are touched.
  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle ALIGNED_LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle ALIGNED_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private NativeMemory() {}

  static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  static int getInt(long address) {
    return ALL.get(INT, address);
  }

  static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  static int getShort(long address) {
    return Short.toUnsignedInt(ALL.get(SHORT, address));
  }

  static void putShort(long address, int value) {
    ALL.set(SHORT, address, (short) value);
  }

  static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static void putByte(long address, byte value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, value);
  }

  /** Loads before everything that follows; 8-byte aligned. */
  static long getLongAcquire(long address) {
    return (long) ALIGNED_LONG.getAcquire(ALL, address);
  }

  /** Stores after everything before; 8-byte aligned. */
  static void putLongRelease(long address, long value) {
    ALIGNED_LONG.setRelease(ALL, address, value);
  }

  /** Loads before everything that follows; 2-byte aligned. */
  static int getShortAcquire(long address) {
    return Short.toUnsignedInt((short) ALIGNED_SHORT.getAcquire(ALL, address));
  }

  /** Stores after everything before; 2-byte aligned. */
  static void putShortRelease(long address, int value) {
    ALIGNED_SHORT.setRelease(ALL, address, (short) value);
  }

  static void copy(long from, long to, long length) {
    MemorySegment.copy(ALL, from, ALL, to, length);
  }

  static void copyFrom(MemorySegment source, long offset, long to, long length) {
    MemorySegment.copy(source, offset, ALL, to, length);
  }

  static void copyTo(long from, byte[] target, int offset, int length) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, target, offset, length);
  }

  static void copyFrom(byte[] source, int offset, long to, int length) {
    MemorySegment.copy(source, offset, ALL, ValueLayout.JAVA_BYTE, to, length);
  }
}
