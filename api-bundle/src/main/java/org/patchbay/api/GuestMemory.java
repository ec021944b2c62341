package org.patchbay.api;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A guest's physical memory: several regions, each mapped here as native memory. Addresses come
 * from the guest and are never believed: every access is checked, and one that does not lie within
 * the regions is refused by the result instead of an exception. A range may run over the border of
 * two regions that adjoin in guest addresses.
 *
 * <p>Immutable and thread-safe; the memory behind it is shared with the guest and may change at any
 * time, so a value that matters is read once. Whoever mapped the regions keeps them mapped while a
 * thread may use this object.
 *
 * <p>What a backend gets is a view {@linkplain #through through an arena} that the platform closes
 * when the backend's queues are done with: an access after that throws {@link
 * IllegalStateException} instead of reaching memory that has moved on. Only a thread that was given
 * up within a call, or one that keeps what was lent to it for a call, ever meets that.
 */
public final class GuestMemory {

  // Restricted, as any view of arbitrary memory: only ranges that a region holds are touched.
  @SuppressWarnings("restricted")
  private static final MemorySegment NATIVE = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /**
   * The regions as the lookup walks them: linked, because a loop over arrays this short spends more
   * on its bounds than on its work.
   */
  private static final class Link {
    final long start;
    final long size;
    final long toNative;
    final @Nullable Link next;

    Link(GuestRegion region, @Nullable Link next) {
      start = region.guestAddress();
      size = region.memory().byteSize();
      toNative = region.memory().address() - start;
      this.next = next;
    }

    boolean holds(long address, int length) {
      long offset = address - start;
      long room = size - length;
      // All four are non-negative exactly if the range lies inside. The last cannot overflow while
      // the others are.
      return (offset | length | room | (room - offset)) >= 0;
    }
  }

  private final List<GuestRegion> regions;
  private final Link links;

  /**
   * All native memory, addressed by native address, as long as this view is not revoked. One
   * segment for all regions, so that a copy has the checks of one; ours are those against the
   * regions.
   */
  private final MemorySegment all;

  /** What this is a view of, whose memory must not go before it; null if it is none. */
  @SuppressWarnings({"unused", "FieldCanBeLocal"}) // keeps memory of automatic arenas
  private final @Nullable GuestMemory origin;

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
    for (int i = 1; i < sorted.size(); i++) {
      if (sorted.get(i - 1).end() > sorted.get(i).guestAddress()) {
        throw new IllegalArgumentException(
            "guest regions at 0x%x and 0x%x overlap"
                .formatted(sorted.get(i - 1).guestAddress(), sorted.get(i).guestAddress()));
      }
    }
    this.regions = List.copyOf(sorted);
    this.links = link(sorted);
    all = NATIVE;
    origin = null;
  }

  // Restricted, as above; the regions' own bounds stay what they are.
  @SuppressWarnings("restricted")
  private GuestMemory(GuestMemory origin, Arena arena) {
    this.origin = origin;
    links = origin.links;
    all = MemorySegment.NULL.reinterpret(Long.MAX_VALUE, arena, null);
    regions = origin.regions.stream().map(region -> through(region, arena)).toList();
  }

  @SuppressWarnings("restricted") // of the same size as the region's own
  private static GuestRegion through(GuestRegion region, Arena arena) {
    MemorySegment own = region.memory();
    MemorySegment view =
        MemorySegment.ofAddress(own.address()).reinterpret(own.byteSize(), arena, null);
    return new GuestRegion(region.guestAddress(), own.isReadOnly() ? view.asReadOnly() : view);
  }

  /** Links the regions, the largest and lowest first: most guests have their buffers there. */
  private static Link link(List<GuestRegion> regions) {
    List<GuestRegion> bySize = new ArrayList<>(regions);
    bySize.sort(
        Comparator.comparingLong((GuestRegion region) -> -region.memory().byteSize())
            .thenComparingLong(GuestRegion::guestAddress));
    Link first = new Link(bySize.getLast(), null);
    for (GuestRegion region : bySize.reversed().subList(1, bySize.size())) {
      first = new Link(region, first);
    }
    return first;
  }

  /** Guest memory of one region that begins at guest address 0. */
  public static GuestMemory of(MemorySegment memory) {
    return new GuestMemory(List.of(new GuestRegion(0, memory)));
  }

  /**
   * A view of the same memory that ends with an arena: once that is closed, every access through
   * the view, or through a segment that it gave, throws {@link IllegalStateException}. Closing the
   * arena fails while a native call is using such a segment. Addresses of {@link #nativeAddress}
   * are not revoked.
   *
   * @param arena shared, so that any thread may use the view; the caller closes it
   */
  public GuestMemory through(Arena arena) {
    return new GuestMemory(this, arena);
  }

  /** Number of regions, in ascending order of their guest addresses. */
  public int regionCount() {
    return regions.size();
  }

  /** Guest address of a region's first byte. */
  public long regionAddress(int region) {
    return regions.get(region).guestAddress();
  }

  /** The memory of a region. */
  public MemorySegment regionMemory(int region) {
    return regions.get(region).memory();
  }

  /**
   * Finds the region that holds a whole range.
   *
   * @param address guest physical address
   * @param length in bytes
   * @return the region's index, or -1 if no single region holds all of it
   */
  public int regionOf(long address, int length) {
    if (length < 0) {
      return -1;
    }
    for (int i = 0; i < regions.size(); i++) {
      GuestRegion region = regions.get(i);
      if (address >= region.guestAddress() && length <= region.end() - address) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a range lies wholly within guest memory. */
  public boolean contains(long address, int length) {
    return nativeAddress(address, length) != 0 || isCovered(address, length);
  }

  private boolean isCovered(long address, int length) {
    if (length < 0) {
      return false;
    }
    int left = length;
    for (long position = address; left > 0; ) {
      int part = part(position, left);
      if (part == 0) {
        return false;
      }
      position += part;
      left -= part;
    }
    return length > 0;
  }

  /**
   * Where a range is mapped in this process, for system calls. A bare number, which nothing can
   * revoke: only for a call that never blocks and is over before the queue call that it is made in.
   * A call that may block takes a slice of {@link #regionMemory}, which keeps the memory from being
   * revoked and unmapped beneath it.
   *
   * @return the native address, or 0 if no single region holds the whole range
   */
  public long nativeAddress(long address, int length) {
    for (Link link = links; link != null; link = link.next) {
      if (link.holds(address, length)) {
        return address + link.toNative;
      }
    }
    return 0;
  }

  /**
   * Copies from guest memory.
   *
   * @param address guest physical address of the first byte
   * @param target where to, from {@code offset}
   * @param length in bytes
   * @return false, with nothing written, if the range is not all guest memory
   */
  public boolean read(long address, MemorySegment target, long offset, int length) {
    long from = nativeAddress(address, length);
    if (from == 0) {
      return readInParts(address, target, offset, length);
    }
    MemorySegment.copy(all, from, target, offset, length);
    return true;
  }

  private boolean readInParts(long address, MemorySegment target, long offset, int length) {
    if (!isCovered(address, length)) {
      return false;
    }
    for (int done = 0; done < length; ) {
      int part = part(address + done, length - done);
      MemorySegment.copy(all, nativeAddress(address + done, part), target, offset + done, part);
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
    long to = nativeAddress(address, length);
    if (to == 0) {
      return writeInParts(address, source, offset, length);
    }
    MemorySegment.copy(source, offset, all, to, length);
    return true;
  }

  private boolean writeInParts(long address, MemorySegment source, long offset, int length) {
    if (!isCovered(address, length)) {
      return false;
    }
    for (int done = 0; done < length; ) {
      int part = part(address + done, length - done);
      MemorySegment.copy(source, offset + done, all, nativeAddress(address + done, part), part);
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
    long nativeFrom = nativeAddress(from, length);
    long nativeTo = target.nativeAddress(to, length);
    if (nativeFrom == 0 || nativeTo == 0) {
      return copyInParts(from, target, to, length);
    }
    copyNative(nativeFrom, target, nativeTo, length);
    return true;
  }

  private boolean copyInParts(long from, GuestMemory target, long to, int length) {
    if (!contains(from, length) || !target.contains(to, length)) {
      return false;
    }
    for (int done = 0; done < length; ) {
      int part = Math.min(part(from + done, length - done), target.part(to + done, length - done));
      long partFrom = nativeAddress(from + done, part);
      copyNative(partFrom, target, target.nativeAddress(to + done, part), part);
      done += part;
    }
    return true;
  }

  /**
   * Copies between native addresses that {@link #nativeAddress} of this memory and of the target
   * gave for ranges this long.
   */
  void copyNative(long from, GuestMemory target, long to, int length) {
    MemorySegment own = all;
    if (target == this) {
      MemorySegment.copy(own, from, own, to, length); // one segment's checks instead of two's
    } else {
      MemorySegment.copy(own, from, target.all, to, length);
    }
  }

  /** How much of a range the region at its first byte holds; 0 if there is none. */
  private int part(long address, int length) {
    for (Link link = links; link != null; link = link.next) {
      if (link.holds(address, 1)) {
        return (int) Math.min(length, link.start + link.size - address);
      }
    }
    return 0;
  }
}
