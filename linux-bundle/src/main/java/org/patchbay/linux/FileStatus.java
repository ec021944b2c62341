package org.patchbay.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * What the kernel tells of an open file, at one moment: the call statx.
 *
 * @param isRegular whether it is a regular file, in memory or on a disk
 * @param size its length in bytes
 * @param blockSize the preferred unit of its data in bytes: that of its pages, for a file in memory
 * @param device the number of the file system that holds it; with {@link #inode} its identity
 * @param inode the file's number there
 */
public record FileStatus(boolean isRegular, long size, int blockSize, long device, long inode) {
  private static final StructLayout TIMESTAMP =
      Native.struct(
          "struct statx_timestamp",
          Native.LONG.withName("tv_sec"),
          Native.INT.withName("tv_nsec"),
          MemoryLayout.paddingLayout(4));

  static final StructLayout STATX =
      Native.struct(
          "struct statx",
          Native.INT.withName("stx_mask"),
          Native.INT.withName("stx_blksize"),
          Native.LONG.withName("stx_attributes"),
          Native.INT.withName("stx_nlink"),
          Native.INT.withName("stx_uid"),
          Native.INT.withName("stx_gid"),
          Native.SHORT.withName("stx_mode"),
          MemoryLayout.paddingLayout(2),
          Native.LONG.withName("stx_ino"),
          Native.LONG.withName("stx_size"),
          Native.LONG.withName("stx_blocks"),
          Native.LONG.withName("stx_attributes_mask"),
          TIMESTAMP.withName("stx_atime"),
          TIMESTAMP.withName("stx_btime"),
          TIMESTAMP.withName("stx_ctime"),
          TIMESTAMP.withName("stx_mtime"),
          Native.INT.withName("stx_rdev_major"),
          Native.INT.withName("stx_rdev_minor"),
          Native.INT.withName("stx_dev_major"),
          Native.INT.withName("stx_dev_minor"),
          // What younger kernels added and nobody here reads.
          MemoryLayout.paddingLayout(112));

  private static final long BLOCK_SIZE = Native.offset(STATX, "stx_blksize");
  private static final long MODE = Native.offset(STATX, "stx_mode");
  private static final long INODE = Native.offset(STATX, "stx_ino");
  private static final long SIZE = Native.offset(STATX, "stx_size");
  private static final long DEVICE_MAJOR = Native.offset(STATX, "stx_dev_major");
  private static final long DEVICE_MINOR = Native.offset(STATX, "stx_dev_minor");

  static FileStatus of(int fd) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment status = frame.allocate(STATX);
      LinuxException.check(
          "statx",
          FileCalls.statx(
              frame.state,
              fd,
              frame.string("").address(),
              Uapi.AT_EMPTY_PATH,
              Uapi.STATX_BASIC_STATS,
              status.address()));
      return new FileStatus(
          (status.get(Native.SHORT, MODE) & Uapi.S_IFMT) == Uapi.S_IFREG,
          status.get(Native.LONG, SIZE),
          status.get(Native.INT, BLOCK_SIZE),
          (long) status.get(Native.INT, DEVICE_MAJOR) << 32
              | status.get(Native.INT, DEVICE_MINOR) & 0xffffffffL,
          status.get(Native.LONG, INODE));
    }
  }

  /** Whether the other describes the same file, perhaps at another time. */
  public boolean isSameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }
}
