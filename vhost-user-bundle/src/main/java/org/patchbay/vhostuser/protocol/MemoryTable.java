package org.patchbay.vhostuser.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.patchbay.api.GuestRegion;
import org.patchbay.linux.Descriptor;

/**
 * The memory that a front-end shares, at one moment: regions that do not overlap in guest
 * addresses. Immutable; a change makes another table that shares the regions which stay. A table
 * does not own its regions: its {@link Session} closes those that no table has any more.
 *
 * <p>Any thread, while the regions are mapped.
 */
public final class MemoryTable {

  /** Most regions of one SET_MEM_TABLE. */
  static final int MOST_TABLE_REGIONS = 8;

  /** Most regions in all, as GET_MAX_MEM_SLOTS answers. */
  static final int MOST_REGIONS = 64;

  /** Guest addresses are below; above, the engine has memory of its own. */
  static final long GUEST_ADDRESS_LIMIT = 1L << 62;

  /**
   * Most bytes of memory that one front-end may have mapped here, so that none of them takes away
   * the address space of the others: 4 TiB.
   */
  static final long MOST_MEMORY = 1L << 42;

  /** No memory. */
  static final MemoryTable EMPTY = new MemoryTable(List.of());

  private final List<MappedRegion> regions;

  private MemoryTable(List<MappedRegion> regions) {
    this.regions = List.copyOf(regions);
  }

  /** How many regions there are. */
  public int size() {
    return regions.size();
  }

  /** How many bytes there are. */
  public long bytes() {
    return regions.stream().mapToLong(region -> region.description().size()).sum();
  }

  /** The regions as the engine addresses them. */
  public List<GuestRegion> guestRegions() {
    return regions.stream().map(MappedRegion::guest).toList();
  }

  /** Whether every file is still as long as its regions; not where a peer has shrunk one. */
  public boolean isIntact() {
    return regions.stream().allMatch(MappedRegion::isIntact);
  }

  /**
   * Where a range of the front-end's own addresses is mapped here.
   *
   * @param length in bytes, at least 1
   * @return the native address, or 0 if no single region holds the whole range
   */
  public long nativeAddress(long userAddress, long length) {
    for (MappedRegion region : regions) {
      long address = region.nativeAddress(userAddress, length);
      if (address != 0) {
        return address;
      }
    }
    return 0;
  }

  /**
   * The table that a SET_MEM_TABLE describes. Regions of this table that it names again are taken
   * over as they are mapped.
   *
   * @param descriptions with the message's descriptors, one each
   * @throws ProtocolViolation if one can't be mapped or two overlap; what was mapped is unmapped
   */
  MemoryTable replaced(List<RegionDescription> descriptions, Message message)
      throws ProtocolViolation {
    List<MappedRegion> next = new ArrayList<>();
    List<MappedRegion> fresh = new ArrayList<>();
    boolean complete = false;
    try {
      for (RegionDescription description : descriptions) {
        MappedRegion region = take(description, message.takeDescriptor(), fresh);
        add(region, next);
      }
      complete = true;
      return new MemoryTable(next);
    } finally {
      if (!complete) {
        fresh.forEach(MappedRegion::close);
      }
    }
  }

  /** This table and one more region; this table itself if it has that region already. */
  MemoryTable with(RegionDescription description, Descriptor file) throws ProtocolViolation {
    List<MappedRegion> fresh = new ArrayList<>();
    MappedRegion region = take(description, file, fresh);
    if (fresh.isEmpty()) {
      return this;
    }
    boolean complete = false;
    try {
      List<MappedRegion> next = new ArrayList<>(regions);
      add(region, next);
      complete = true;
      return new MemoryTable(next);
    } finally {
      if (!complete) {
        region.close();
      }
    }
  }

  private MappedRegion take(
      RegionDescription description, Descriptor file, List<MappedRegion> fresh)
      throws ProtocolViolation {
    for (MappedRegion region : regions) {
      if (region.isSame(description, file)) {
        file.close();
        return region;
      }
    }
    MappedRegion region = MappedRegion.map(description, file);
    fresh.add(region);
    return region;
  }

  private static void add(MappedRegion region, List<MappedRegion> regions)
      throws ProtocolViolation {
    if (regions.size() == MOST_REGIONS) {
      throw new ProtocolViolation(
          "there are more than " + MOST_REGIONS + " regions of memory, the most that is allowed");
    }
    long bytes = region.description().size();
    for (MappedRegion other : regions) {
      bytes += other.description().size();
      if (region.overlaps(other)) {
        throw new ProtocolViolation(
            "regions " + other.description() + " and " + region.description() + " overlap");
      }
    }
    if (bytes > MOST_MEMORY) {
      throw new ProtocolViolation(
          "the regions of memory have more than 0x"
              + Long.toHexString(MOST_MEMORY)
              + " bytes together, the most that is allowed");
    }
    regions.add(region);
  }

  /** This table without a region, which is named by addresses and size. */
  MemoryTable without(RegionDescription description) throws ProtocolViolation {
    Predicate<MappedRegion> isNamed =
        region ->
            region.description().guestAddress() == description.guestAddress()
                && region.description().userAddress() == description.userAddress()
                && region.description().size() == description.size();
    if (regions.stream().noneMatch(isNamed)) {
      throw new ProtocolViolation("there is no region " + description + " to remove");
    }
    return new MemoryTable(regions.stream().filter(isNamed.negate()).toList());
  }

  /** The regions of this table that another one has not. */
  List<MappedRegion> missingIn(MemoryTable other) {
    return regions.stream().filter(region -> !other.regions.contains(region)).toList();
  }
}
