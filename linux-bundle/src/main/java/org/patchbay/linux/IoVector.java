package org.patchbay.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * A reusable array of memory pieces for {@link RawIo#readv} and {@link RawIo#writev}; used by one
 * thread at a time.
 *
 * <p>Each entry is
 *
 * <pre>{@code
 * struct iovec {
 *   void  *iov_base;
 *   size_t iov_len;
 * };
 * }</pre>
 */
public final class IoVector {
  static final StructLayout IOVEC =
      Native.struct(
          "struct iovec", Native.LONG.withName("iov_base"), Native.LONG.withName("iov_len"));

  private static final long BASE = Native.offset(IOVEC, "iov_base");
  private static final long LENGTH = Native.offset(IOVEC, "iov_len");
  private static final long SIZE = IOVEC.byteSize();

  private final MemorySegment entries;
  private final int capacity;

  /**
   * An array of zero-length entries.
   *
   * @param capacity how many entries there are, 1 to 1024, which is what the kernel takes at most
   */
  public IoVector(int capacity) {
    if (capacity < 1 || capacity > 1024) {
      throw new IllegalArgumentException("A vector has 1 to 1024 entries, not " + capacity + ".");
    }
    this.capacity = capacity;
    this.entries = Arena.ofAuto().allocate(IOVEC, capacity);
  }

  /** Sets entry {@code index} to {@code length} bytes at {@code address}. */
  public void set(int index, long address, long length) {
    long at = index * SIZE;
    entries.set(Native.LONG, at + BASE, address);
    entries.set(Native.LONG, at + LENGTH, length);
  }

  /** How many entries there are. */
  public int capacity() {
    return capacity;
  }

  /** Where the array lies; valid as long as this object is reachable. */
  public long address() {
    return entries.address();
  }

  int checked(int count) {
    if (count < 0 || count > capacity) {
      throw new IndexOutOfBoundsException(count);
    }
    return count;
  }
}
