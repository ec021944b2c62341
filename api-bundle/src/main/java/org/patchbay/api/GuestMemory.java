package org.patchbay.api;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A guest's physical memory: several regions, each mapped here as native memory. Addresses come
 * from the guest and are never believed: every access is checked, and one that does not lie within
 * the regions is refused by the result instead of an exception. A range may run over the border of
 * two regions that adjoin in guest addresses.
 *
 * <p>Immutable and thread-safe; the memory behind it is shared with the guest and may change at any
 * time, so a value that matters is read once. Whoever mapped the regions keeps them mapped while a
 * thread may use this object.
 */
public final class GuestMemory {

  private final long[] starts;
  private final long[] sizes;
  private final MemorySegment[] segments;

  // The first region once more, in fields: most guests have their buffers there.
  private final long firstStart;
  private final long firstSize;
  private final MemorySegment firstSegment;

  /**
   * @param regions at least one, in any order
   * @throws IllegalArgumentException if there is none, or two overlap
   */
  public GuestMemory(List<GuestRegion> regions) {
    if (regions.isEmpty()) {
      throw new IllegalArgumentException("guest memory needs at least one region");
    }
    List<GuestRegion> sorted = new ArrayList<>(regions);
    sorted.sort(Comparator.comparingLong(GuestRegion::guestAddress));
    starts = new long[sorted.size()];
    sizes = new long[sorted.size()];
    segments = new MemorySegment[sorted.size()];
    int largest = 0;
    for (int i = 0; i < starts.length; i++) {
      GuestRegion region = sorted.get(i);
      if (i > 0 && sorted.get(i - 1).end() > region.guestAddress()) {
        throw new IllegalArgumentException(
            "guest regions at 0x%x and 0x%x overlap"
                .formatted(sorted.get(i - 1).guestAddress(), region.guestAddress()));
      }
      starts[i] = region.guestAddress();
      sizes[i] = region.memory().byteSize();
      segments[i] = region.memory();
      if (sizes[i] > sizes[largest]) {
        largest = i;
      }
    }
    firstStart = starts[largest];
    firstSize = sizes[largest];
    firstSegment = segments[largest];
  }

  /** Guest memory of one region that begins at guest address 0. */
  public static GuestMemory of(MemorySegment memory) {
    return new GuestMemory(List.of(new GuestRegion(0, memory)));
  }

  /** Number of regions, in ascending order of their guest addresses. */
  public int regionCount() {
    return starts.length;
  }

  /** Guest address of a region's first byte. */
  public long regionAddress(int region) {
    return starts[region];
  }

  /** The memory of a region. */
  public MemorySegment regionMemory(int region) {
    return segments[region];
  }

  /**
   * Finds the region that holds a whole range.
   *
   * @param address guest physical address
   * @param length in bytes
   * @return the region's index, or -1 if no single region holds all of it
   */
  public int regionOf(long address, int length) {
    for (int i = 0; i < starts.length; i++) {
      if (holds(starts[i], sizes[i], address, length)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a range lies wholly within guest memory. */
  public boolean contains(long address, int length) {
    if (holds(firstStart, firstSize, address, length)) {
      return true;
    }
    if (length < 0) {
      return false;
    }
    long position = address;
    int left = length;
    do {
      int region = regionAt(position);
      if (region < 0) {
        return false;
      }
      int part = part(region, position, left);
      position += part;
      left -= part;
    } while (left > 0);
    return true;
  }

  /**
   * Where a range is mapped in this process, for system calls.
   *
   * @return the native address, or 0 if no single region holds the whole range
   */
  public long nativeAddress(long address, int length) {
    if (holds(firstStart, firstSize, address, length)) {
      return firstSegment.address() + (address - firstStart);
    }
    int region = regionOf(address, length);
    return region < 0 ? 0 : segments[region].address() + (address - starts[region]);
  }

  /**
   * Copies from guest memory.
   *
   * @param address guest physical address of the first byte
   * @param target where to, from {@code offset}
   * @param length in bytes
   * @return false, with {@code target} possibly written in part, if the range is not all guest
   *     memory
   */
  public boolean read(long address, MemorySegment target, long offset, int length) {
    if (holds(firstStart, firstSize, address, length)) {
      MemorySegment.copy(firstSegment, address - firstStart, target, offset, length);
      return true;
    }
    return readSlowly(address, target, offset, length);
  }

  private boolean readSlowly(long address, MemorySegment target, long offset, int length) {
    if (!contains(address, length)) {
      return false;
    }
    for (int done = 0; done < length; ) {
      int region = regionAt(address + done);
      int part = part(region, address + done, length - done);
      MemorySegment.copy(
          segments[region], address + done - starts[region], target, offset + done, part);
      done += part;
    }
    return true;
  }

  /**
   * Copies into guest memory.
   *
   * @param address guest physical address of the first byte
   * @param source where from, from {@code offset}
   * @param length in bytes
   * @return false, with nothing written, if the range is not all guest memory
   */
  public boolean write(long address, MemorySegment source, long offset, int length) {
    if (holds(firstStart, firstSize, address, length)) {
      MemorySegment.copy(source, offset, firstSegment, address - firstStart, length);
      return true;
    }
    return writeSlowly(address, source, offset, length);
  }

  private boolean writeSlowly(long address, MemorySegment source, long offset, int length) {
    if (!contains(address, length)) {
      return false;
    }
    for (int done = 0; done < length; ) {
      int region = regionAt(address + done);
      int part = part(region, address + done, length - done);
      MemorySegment.copy(
          source, offset + done, segments[region], address + done - starts[region], part);
      done += part;
    }
    return true;
  }

  /**
   * Copies within guest memory, or from this guest's memory to another's.
   *
   * @param from guest physical address here
   * @param target the memory to write to; may be this one
   * @param to guest physical address there
   * @param length in bytes
   * @return false, with nothing written, if one of the ranges is not all guest memory
   */
  public boolean copy(long from, GuestMemory target, long to, int length) {
    if (holds(firstStart, firstSize, from, length)) {
      return target.write(to, firstSegment, from - firstStart, length);
    }
    return copySlowly(from, target, to, length);
  }

  private boolean copySlowly(long from, GuestMemory target, long to, int length) {
    if (!contains(from, length) || !target.contains(to, length)) {
      return false;
    }
    for (int done = 0; done < length; ) {
      int region = regionAt(from + done);
      int part = part(region, from + done, length - done);
      target.write(to + done, segments[region], from + done - starts[region], part);
      done += part;
    }
    return true;
  }

  private static boolean holds(long start, long size, long address, int length) {
    long offset = address - start;
    // All three are non-negative exactly if the range lies inside, without overflow.
    return (offset | length | (size - length - offset)) >= 0;
  }

  private int regionAt(long address) {
    for (int i = 0; i < starts.length; i++) {
      long offset = address - starts[i];
      if (offset >= 0 && offset < sizes[i]) {
        return i;
      }
    }
    return -1;
  }

  private int part(int region, long address, int left) {
    return (int) Math.min(left, starts[region] + sizes[region] - address);
  }
}
