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
  private static final long CURRENT_POSITION = -1;
  private static final long VECTOR = Native.offset(MessageHeader.MSGHDR, "msg_iov");
  private static final long VECTOR_LENGTH = Native.offset(MessageHeader.MSGHDR, "msg_iovlen");

  private final MemorySegment state = Arena.ofAuto().allocate(Native.CAPTURE);
  private final IoVector single = new IoVector(1);
  private final MemorySegment message = Arena.ofAuto().allocate(MessageHeader.MSGHDR);

  /** Reads at most {@code length} bytes to {@code address}; the count, or the negated errno. */
  public long read(int descriptor, long address, long length) {
    return FileCalls.read(state, descriptor, address, length);
  }

  /**
   * Reads at most {@code length} bytes, and never waits, though the descriptor blocks: where there
   * is nothing to read it answers {@code -EAGAIN}. For files that know this, such as an eventfd
   * that somebody else has made and may make blocking at any time; others answer {@code
   * -EOPNOTSUPP}.
   */
  public long readNoWait(int descriptor, long address, long length) {
    single.set(0, address, length);
    return FileCalls.preadv2(
        state, descriptor, single.address(), 1, CURRENT_POSITION, Uapi.RWF_NOWAIT);
  }

  /** Writes {@code length} bytes from {@code address}; the count, or the negated errno. */
  public long write(int descriptor, long address, long length) {
    return FileCalls.write(state, descriptor, address, length);
  }

  /** Reads into the first {@code count} entries of a vector; the bytes, or the negated errno. */
  public long readv(int descriptor, IoVector vector, int count) {
    return FileCalls.readv(state, descriptor, vector.address(), vector.checked(count));
  }

  /**
   * Sends the first {@code count} entries of a vector over a socket, as many bytes as it takes
   * without waiting; the bytes, which may end within an entry, or the negated errno. A peer that is
   * gone gives {@code -EPIPE} and no signal.
   */
  public long send(int descriptor, IoVector vector, int count) {
    message.set(Native.LONG, VECTOR, vector.address());
    message.set(Native.LONG, VECTOR_LENGTH, vector.checked(count));
    return SocketCalls.sendmsg(
        state, descriptor, message.address(), Uapi.MSG_NOSIGNAL | Uapi.MSG_DONTWAIT);
  }

  /** Writes the first {@code count} entries of a vector; the bytes, or the negated errno. */
  public long writev(int descriptor, IoVector vector, int count) {
    return FileCalls.writev(state, descriptor, vector.address(), vector.checked(count));
  }
}
