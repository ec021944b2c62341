package org.patchbay.frontend.offload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.patchbay.api.Ethernet;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.Vlan;

/**
 * Where rewritten headers lie: one place for each derived packet, in a region that backends see as
 * part of guest memory and the guest does not see at all.
 *
 * <p>The memory is of an automatic arena, because a backend that was given up may address it as
 * long as one of its threads is stuck: it goes when nobody can reach it any more.
 */
final class ScratchMemory {

  /** Bytes of a frame that fit into a place: more than any headers take. */
  static final int MAX_HEADERS = 512;

  private static final int TAG_OFFSET = 12;
  private static final int TAG_LENGTH = Ethernet.VLAN_HEADER_LENGTH - Ethernet.HEADER_LENGTH;

  // Not a power of two, so that the beginnings of places do not compete for the same cache lines.
  private static final int PLACE_SIZE = 576;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final MemorySegment memory;
  private final long address;

  /**
   * @param address guest address of the first byte
   * @param places how many derived packets there can be
   */
  ScratchMemory(long address, int places) {
    this.address = address;
    memory = Arena.ofAuto().allocate((long) places * PLACE_SIZE, 64);
  }

  /** The memory as backends address it. */
  GuestRegion region() {
    return new GuestRegion(address, memory);
  }

  /** Guest address of a place. */
  long address(int place) {
    return address + (long) place * PLACE_SIZE;
  }

  /**
   * Copies the beginning of a frame to a place.
   *
   * @param length in bytes, at most {@link #MAX_HEADERS}
   * @param vlan the tag to insert, for a frame whose beginning has at least its addresses, or
   *     {@link Vlan#NONE}
   * @return how many bytes the place now holds
   */
  int put(int place, MemorySegment frame, int length, int vlan) {
    long at = (long) place * PLACE_SIZE;
    if (!Vlan.isPresent(vlan)) {
      MemorySegment.copy(frame, 0, memory, at, length);
      return length;
    }
    MemorySegment.copy(frame, 0, memory, at, TAG_OFFSET);
    memory.set(INT, at + TAG_OFFSET, Vlan.ETHER_TYPE << 16 | vlan);
    long rest = at + TAG_OFFSET + TAG_LENGTH;
    MemorySegment.copy(frame, TAG_OFFSET, memory, rest, length - TAG_OFFSET);
    return length + TAG_LENGTH;
  }
}
