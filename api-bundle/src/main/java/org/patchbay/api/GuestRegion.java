package org.patchbay.api;

import java.lang.foreign.MemorySegment;

/**
 * One contiguous region of guest memory.
 *
 * @param guestAddress guest physical address of its first byte, not negative
 * @param memory where it is mapped here; native memory that any thread may access
 */
public record GuestRegion(long guestAddress, MemorySegment memory) {

  public GuestRegion {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("guest memory must be native, got memory on the heap");
    }
    if (memory.byteSize() == 0
        || guestAddress < 0
        || guestAddress + memory.byteSize() < guestAddress) {
      throw new IllegalArgumentException(
          "guest region at 0x%x of 0x%x bytes is empty or wraps around"
              .formatted(guestAddress, memory.byteSize()));
    }
  }

  /** Guest physical address after the last byte. */
  public long end() {
    return guestAddress + memory.byteSize();
  }
}
