package org.patchbay.vhostuser.ring;

import java.util.ArrayList;
import java.util.List;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;

/**
 * The guest's own regions, as its descriptors may address them. The region with the most memory can
 * be kept in locals by a loop:
 *
 * <pre>
 *   long offset = address - largestStart;
 *   long room = largestSize - length;
 *   (offset | length | room | room - offset) >= 0      the range lies in it, at address + largestToNative
 * </pre>
 *
 * Immutable.
 */
final class GuestMap {

  /** No memory at all. */
  static final GuestMap EMPTY = new GuestMap(List.of());

  final List<GuestRegion> regions;
  final long largestStart;
  final long largestSize;
  final long largestToNative;
  private final GuestRegion[] all;

  GuestMap(List<GuestRegion> regions) {
    this.regions = List.copyOf(regions);
    all = this.regions.toArray(GuestRegion[]::new);
    long start = 0;
    long size = 0;
    long toNative = 0;
    for (GuestRegion region : all) {
      if (region.memory().byteSize() > size) {
        start = region.guestAddress();
        size = region.memory().byteSize();
        toNative = region.memory().address() - start;
      }
    }
    largestStart = start;
    largestSize = size;
    largestToNative = toNative;
  }

  /**
   * Where a range is mapped.
   *
   * @param length in bytes; negative for more than 2 GiB, which no descriptor may have
   * @return the native address, or 0 if no single region holds the whole range
   */
  long toNative(long address, int length) {
    for (GuestRegion region : all) {
      long offset = address - region.guestAddress();
      long room = region.memory().byteSize() - length;
      if ((offset | length | room | (room - offset)) >= 0) {
        return region.memory().address() + offset;
      }
    }
    return 0;
  }

  /** How many bytes of a range the region at its first byte holds; 0 if there is none. */
  int held(long address, int length) {
    for (GuestRegion region : all) {
      long offset = address - region.guestAddress();
      if (offset >= 0 && offset < region.memory().byteSize()) {
        return (int) Math.min(length, region.memory().byteSize() - offset);
      }
    }
    return 0;
  }

  /** The memory that backends address: the guest's and some of our own. */
  GuestMemory with(List<GuestRegion> own) {
    List<GuestRegion> both = new ArrayList<>(regions);
    both.addAll(own);
    return new GuestMemory(both);
  }
}
