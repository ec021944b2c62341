package org.patchbay.benchmarks.loopback;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;

/**
 * Guest memory laid out as the C yardstick has it: four regions, packets to transmit in the lower
 * half of each, receive buffers in the upper half of the second.
 */
final class Slots {

  /** Packets in transmit memory, and receive buffers. */
  static final int COUNT = 64;

  /** Size of a slot in bytes: an odd number of cache lines, so that neighbours use other sets. */
  static final int SIZE = 9280;

  private static final long[] REGION_ADDRESSES = {0, 16L << 20, 1L << 30, 4L << 30};
  private static final int REGION_BYTES = 4 << 20;

  /** Guest address of the first receive buffer; they stand one behind the other. */
  static final long RECEIVE_BASE = REGION_ADDRESSES[1] + REGION_BYTES / 2;

  private final GuestMemory memory;

  Slots(Arena arena) {
    List<GuestRegion> regions = new ArrayList<>();
    for (long address : REGION_ADDRESSES) {
      regions.add(new GuestRegion(address, arena.allocate(REGION_BYTES, 4096)));
    }
    memory = new GuestMemory(regions).through(arena);
  }

  GuestMemory memory() {
    return memory;
  }

  /** Guest address of a segment of a packet to transmit. */
  long transmitAddress(int slot, int segment, int offset) {
    return regionAddress(slot + segment) + (long) slot * SIZE + offset;
  }

  /** Writes a slot's packet, which {@link #holdsPacket} recognizes. */
  void fill(int slot, int segment, int offset, int length) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    for (int i = 0; i < length; i++) {
      bytes.set(ValueLayout.JAVA_BYTE, i, pattern(slot, offset + i));
    }
    if (!memory.write(transmitAddress(slot, segment, offset), bytes, 0, length)) {
      throw new IllegalStateException("slot " + slot + " does not lie in guest memory");
    }
  }

  /** Whether a receive buffer holds just the packet of the slot with its number. */
  boolean holdsPacket(int slot, int length) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    if (!memory.read(RECEIVE_BASE + (long) slot * SIZE, bytes, 0, length)) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, i) != pattern(slot, i)) {
        return false;
      }
    }
    return true;
  }

  private static byte pattern(int slot, int position) {
    return (byte) (slot * 31 + position);
  }

  private static long regionAddress(int slot) {
    return REGION_ADDRESSES[slot % REGION_ADDRESSES.length];
  }
}
