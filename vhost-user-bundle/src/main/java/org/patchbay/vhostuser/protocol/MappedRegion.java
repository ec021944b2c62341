package org.patchbay.vhostuser.protocol;

import java.lang.foreign.MemorySegment;
import org.patchbay.api.GuestRegion;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.FileStatus;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.Mapping;

/**
 * A region of a front-end's memory, mapped here, with its file. It is closed by whoever took it out
 * of the table, once no worker can touch it any more.
 */
final class MappedRegion implements AutoCloseable {

  private static final long PAGE = 4096;
  private static final long MOST_PAGE = 1L << 30;

  private final RegionDescription description;
  private final Descriptor file;
  private final FileStatus status;
  private final Mapping mapping;
  private final GuestRegion guest;

  private MappedRegion(
      RegionDescription description, Descriptor file, FileStatus status, Mapping mapping, long at) {
    this.description = description;
    this.file = file;
    this.status = status;
    this.mapping = mapping;
    guest =
        new GuestRegion(
            description.guestAddress(), mapping.segment().asSlice(at, description.size()));
  }

  /**
   * Checks a region and maps it.
   *
   * @param file owned from now on, also when this fails
   */
  static MappedRegion map(RegionDescription description, Descriptor file) throws ProtocolViolation {
    boolean mapped = false;
    try {
      check(description);
      FileStatus status = file.status();
      checkFile(description, status);
      // Files in huge pages are mapped in whole ones; their block size says how large those are.
      long page = page(status);
      long begin = description.fileOffset() & -page;
      long at = description.fileOffset() - begin;
      long length = at + description.size() + page - 1 & -page;
      Mapping mapping = Mapping.of(file, begin, length, true);
      mapped = true;
      return new MappedRegion(description, file, status, mapping, at);
    } catch (LinuxException e) {
      throw new ProtocolViolation(
          "region " + description + " can't be mapped: " + e.getMessage(), e);
    } finally {
      if (!mapped) {
        file.close();
      }
    }
  }

  private static void check(RegionDescription region) throws ProtocolViolation {
    long size = region.size();
    if (size <= 0 || size > MemoryTable.MOST_MEMORY) {
      throw new ProtocolViolation(
          "region "
              + region
              + " has an impossible size; allowed are 1 to 0x"
              + Long.toHexString(MemoryTable.MOST_MEMORY)
              + " bytes");
    }
    if (region.guestAddress() < 0
        || region.guestAddress() > MemoryTable.GUEST_ADDRESS_LIMIT - size) {
      throw new ProtocolViolation(
          "region "
              + region
              + " lies beyond guest address 0x"
              + Long.toHexString(MemoryTable.GUEST_ADDRESS_LIMIT)
              + " or wraps around");
    }
    if (region.userAddress() < 0 || region.userAddress() > Long.MAX_VALUE - size) {
      throw new ProtocolViolation("the user address of region " + region + " wraps around");
    }
    if (region.fileOffset() < 0 || region.fileOffset() > Long.MAX_VALUE - size - MOST_PAGE) {
      throw new ProtocolViolation("the offset of region " + region + " in its file wraps around");
    }
  }

  private static void checkFile(RegionDescription region, FileStatus status)
      throws ProtocolViolation {
    if (!status.isRegular()) {
      throw new ProtocolViolation("the descriptor of region " + region + " is no file of memory");
    }
    if (region.fileOffset() + region.size() > status.size()) {
      throw new ProtocolViolation(
          "region "
              + region
              + " at offset 0x"
              + Long.toHexString(region.fileOffset())
              + " exceeds its file of 0x"
              + Long.toHexString(status.size())
              + " bytes");
    }
  }

  private static long page(FileStatus status) {
    long size = status.blockSize();
    boolean isPageSize = size >= PAGE && size <= MOST_PAGE && Long.bitCount(size) == 1;
    return isPageSize ? size : PAGE;
  }

  RegionDescription description() {
    return description;
  }

  /** The region as the engine addresses it. */
  GuestRegion guest() {
    return guest;
  }

  /** Where a range of the front-end's addresses is mapped here; 0 if not all of it is in here. */
  long nativeAddress(long userAddress, long length) {
    MemorySegment memory = guest.memory();
    long offset = userAddress - description.userAddress();
    return offset >= 0 && length <= memory.byteSize() && offset <= memory.byteSize() - length
        ? memory.address() + offset
        : 0;
  }

  /** Whether another description with its file is this very region. */
  boolean isSame(RegionDescription other, Descriptor otherFile) {
    try {
      return description.equals(other) && status.isSameFile(otherFile.status());
    } catch (LinuxException e) {
      return false;
    }
  }

  boolean overlaps(MappedRegion other) {
    return guest.guestAddress() < other.guest.end() && other.guest.guestAddress() < guest.end();
  }

  /** Whether the file is still as long as the region needs it. */
  boolean isIntact() {
    try {
      return description.fileOffset() + description.size() <= file.status().size();
    } catch (LinuxException e) {
      return false;
    }
  }

  /**
   * Lets go of the front-end's memory, and of its file, while something that can't be stopped may
   * still use the addresses; what it writes reaches nobody. No table has the region any more. Any
   * thread; after close it does nothing.
   */
  void vacate() {
    try {
      mapping.vacate();
      file.close();
    } catch (LinuxException e) {
      // The memory stays as it is until it is closed, which harms the guest that shared it at most.
    }
  }

  @Override
  public void close() {
    mapping.close();
    file.close();
  }
}
