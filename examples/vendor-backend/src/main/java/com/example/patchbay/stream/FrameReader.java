package com.example.patchbay.stream;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.patchbay.linux.Errno;

/**
 * Turns received bytes into frames. Holds at most its capacity; while that is full the peer has to
 * wait, which the socket sees to. Used by the queue's worker; allocates nothing after construction.
 *
 * <pre>
 *   0        head                              tail            capacity
 *   +--------+------------------+--------------+---------------+
 *   | taken  | complete frames  | part of one  | room          |
 *   +--------+------------------+--------------+---------------+
 * </pre>
 */
final class FrameReader {
  /** Bytes of a length. */
  static final int LENGTH_BYTES = 4;

  /** Longest frame: the largest MTU, 65535, an Ethernet header and a VLAN tag. */
  static final int MAX_FRAME = 65_535 + 14 + 4;

  /** Smallest capacity: the longest frame with its length, in bytes. */
  static final int MIN_CAPACITY = MAX_FRAME + LENGTH_BYTES;

  /** Answer of {@link #next}: there is no whole frame. */
  static final int NONE = 0;

  /** Answer of {@link #next}: the peer sent a length that no frame has. */
  static final int MALFORMED = -1;

  private static final ValueLayout.OfInt LENGTH =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final MemorySegment memory;
  private int head;

  /** Written by the worker; read by any thread for inspection. */
  private volatile int held;

  private int tail;
  private boolean ended;
  private int error;

  /**
   * @param capacity how many bytes are held at most, {@link #MIN_CAPACITY} or more
   */
  FrameReader(int capacity) {
    memory = Arena.ofAuto().allocate(capacity, 64);
  }

  /** Forgets everything, for another connection. */
  void reset() {
    head = 0;
    tail = 0;
    held = 0;
    ended = false;
    error = 0;
  }

  /** Length of the oldest frame, which is whole, in bytes; or {@link #NONE}, {@link #MALFORMED}. */
  int next() {
    int available = tail - head;
    if (available < LENGTH_BYTES) {
      return NONE;
    }
    int length = memory.get(LENGTH, head);
    if (length < 1 || length > MAX_FRAME) {
      return MALFORMED;
    }
    return available - LENGTH_BYTES < length ? NONE : length;
  }

  /** The length that is malformed, as the unsigned number that the peer sent. */
  long malformedLength() {
    return Integer.toUnsignedLong(memory.get(LENGTH, head));
  }

  /** The memory that holds the frames. */
  MemorySegment memory() {
    return memory;
  }

  /** Where the oldest frame begins in {@link #memory()}; there must be one. */
  int oldest() {
    return head + LENGTH_BYTES;
  }

  /** Forgets the oldest frame; there must be one. */
  void remove() {
    head += LENGTH_BYTES + memory.get(LENGTH, head);
    if (head == tail) {
      head = 0;
      tail = 0;
    }
  }

  /**
   * Reads more, once. To be called when there is no whole frame, so that there is room.
   *
   * @return whether the socket had as much as was asked for, so that there may be more
   */
  boolean fill(ByteStream stream) {
    makeRoom();
    int room = (int) memory.byteSize() - tail;
    long result = stream.read(memory.address() + tail, room);
    if (result > 0) {
      tail += (int) result;
    } else if (result == 0) {
      ended = true;
    } else if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
      ended = true;
      error = (int) -result;
    }
    held = tail - head;
    return result == room || result == -Errno.EINTR;
  }

  /** Moves a part of a frame to the start if the whole would not fit behind it. */
  private void makeRoom() {
    int available = tail - head;
    int wanted = available < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + memory.get(LENGTH, head);
    if (head > 0 && memory.byteSize() - head < wanted) {
      MemorySegment.copy(memory, head, memory, 0, available);
      head = 0;
      tail = available;
    }
  }

  /** Whether nothing more will come: the peer has closed, or the connection failed. */
  boolean isEnded() {
    return ended;
  }

  /** Why nothing more will come: an errno, or 0 if the peer has closed. */
  int error() {
    return error;
  }

  /** How many bytes of frames that are not taken are held. */
  int heldBytes() {
    return tail - head;
  }

  /** About how many bytes are held; any thread. */
  int filled() {
    return held;
  }
}
