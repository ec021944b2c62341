package org.patchbay.vhostuser.protocol;

/**
 * A region of memory as a message describes it: nothing of it is checked yet.
 *
 * @param guestAddress guest physical address of its first byte
 * @param size in bytes
 * @param userAddress where the front-end has it mapped
 * @param fileOffset where it begins in its file
 */
public record RegionDescription(long guestAddress, long size, long userAddress, long fileOffset) {

  /** Bytes of a description on the wire. */
  static final int SIZE = 32;

  static RegionDescription read(Message message, int offset) {
    return new RegionDescription(
        message.int64(offset),
        message.int64(offset + 8),
        message.int64(offset + 16),
        message.int64(offset + 24));
  }

  @Override
  public String toString() {
    return "0x%x..+0x%x".formatted(guestAddress, size);
  }
}
