package org.patchbay.tap;

import java.lang.foreign.MemorySegment;
import org.patchbay.linux.Mapping;
import org.patchbay.linux.VirtioNetHeader;

/**
 * The memory in which frames are read and from which small ones are written, each behind its
 * header; registered with the ring as one piece.
 *
 * <pre>
 *   READ_SLOTS of LARGE_SLOT_SIZE      WRITE_SLOTS of SMALL_SLOT_SIZE   one of LARGE_SLOT_SIZE
 *   +--------+-------------------+-...-+--------+---------------+-...---+--------+-----------
 *   | header | largest frame     |     | header | small frame   |       | header | scattered
 *   +--------+-------------------+-...-+--------+---------------+-...---+--------+-----------
 * </pre>
 */
final class FrameMemory implements AutoCloseable {
  /** How many frames one batch can read. */
  static final int READ_SLOTS = 16;

  /** How many small frames one batch can write. */
  static final int WRITE_SLOTS = 64;

  /** Bytes of a header and the largest frame of a TAP: 65521 of MTU, Ethernet header, VLAN tag. */
  static final int READ_LENGTH = VirtioNetHeader.LENGTH + 65521 + 18;

  /** Bytes of a header and the largest frame that is copied before it is written. */
  static final int WRITE_LENGTH = 2048;

  // Not powers of two, so that the beginnings of slots do not compete for the same cache lines.
  private static final int LARGE_SLOT_SIZE = 65536 + 37 * 64;
  private static final int SMALL_SLOT_SIZE = WRITE_LENGTH + 64;
  private static final long WRITE_START = (long) READ_SLOTS * LARGE_SLOT_SIZE;

  /** Where a large frame is copied whole that can't be written from where it lies. */
  static final long LARGE_WRITE_SLOT = WRITE_START + (long) WRITE_SLOTS * SMALL_SLOT_SIZE;

  /** Bytes of a header and the largest frame that can be copied there. */
  static final int LARGE_WRITE_LENGTH = LARGE_SLOT_SIZE;

  /** Bytes in all. */
  static final long SIZE = LARGE_WRITE_SLOT + LARGE_SLOT_SIZE;

  private final Mapping mapping;

  /**
   * @param mapping memory of {@link #SIZE} bytes, owned by this object from now on
   */
  FrameMemory(Mapping mapping) {
    this.mapping = mapping;
  }

  MemorySegment segment() {
    return mapping.segment();
  }

  /** Where a read slot begins in the segment. */
  static long readSlot(int slot) {
    return (long) slot * LARGE_SLOT_SIZE;
  }

  /** Where a write slot begins in the segment. */
  static long writeSlot(int slot) {
    return WRITE_START + (long) slot * SMALL_SLOT_SIZE;
  }

  @Override
  public void close() {
    mapping.close();
  }
}
