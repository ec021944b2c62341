package org.patchbay.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads and writes for the packet path: raw descriptor, raw address, and the negated errno as
 * answer instead of an exception.
 *
 * <p>Nothing is allocated per call. An object belongs to one thread at a time, because its memory
 * for errno is its own. Addresses are of native memory that the caller keeps alive during the call;
 * one outside the process's memory gives {@code -EFAULT}.
 */
public final class RawIo {
  private final MemorySegment state = Arena.ofAuto().allocate(Native.CAPTURE);

  /** Reads at most {@code length} bytes to {@code address}; the count, or the negated errno. */
  public long read(int descriptor, long address, long length) {
    return FileCalls.read(state, descriptor, address, length);
  }

  /** Writes {@code length} bytes from {@code address}; the count, or the negated errno. */
  public long write(int descriptor, long address, long length) {
    return FileCalls.write(state, descriptor, address, length);
  }

  /** Reads into the first {@code count} entries of a vector; the bytes, or the negated errno. */
  public long readv(int descriptor, IoVector vector, int count) {
    return FileCalls.readv(state, descriptor, vector.address(), vector.checked(count));
  }

  /** Writes the first {@code count} entries of a vector; the bytes, or the negated errno. */
  public long writev(int descriptor, IoVector vector, int count) {
    return FileCalls.writev(state, descriptor, vector.address(), vector.checked(count));
  }
}
