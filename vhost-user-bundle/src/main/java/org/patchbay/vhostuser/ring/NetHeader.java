package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;

/**
 * The virtio-net header before each frame (virtio 1.2, section 5.1.6).
 *
 * <pre>
 *   0: flags (1)   1: gso_type (1)   2: hdr_len (2)   4: gso_size (2)
 *   6: csum_start (2)   8: csum_offset (2)   10: num_buffers (2)
 * </pre>
 */
final class NetHeader {

  /** Bytes of the header in all but the oldest form. */
  static final int LENGTH = 12;

  /** Bytes without num_buffers: neither VIRTIO_F_VERSION_1 nor VIRTIO_NET_F_MRG_RXBUF. */
  static final int LEGACY_LENGTH = 10;

  /** Where num_buffers stands. */
  static final int BUFFERS = 10;

  /** Flag of a transmitted frame: a checksum is to be filled in. */
  static final int NEEDS_CHECKSUM = 1;

  /** Flag of a received frame: its checksum was validated. */
  static final int DATA_VALID = 2;

  static final int GSO_NONE = 0;
  static final int GSO_TCP4 = 1;
  static final int GSO_TCP6 = 4;
  static final int GSO_UDP_L4 = 5;
  static final int GSO_ECN = 0x80;

  private static final int ONE_BUFFER = 1 << 16; // csum_offset 0, num_buffers 1

  private NetHeader() {}

  /**
   * Writes the whole header of a received frame in one buffer, if it is not there already: mostly
   * it is, from the buffer's use before, and a cache line that is only read stays with both cores.
   *
   * @param all native memory
   * @param at native address of its 12 bytes
   * @param flags 0 or {@link #DATA_VALID}
   */
  static void write(MemorySegment all, long at, int flags) {
    if (all.get(NativeMemory.LONG, at) != flags) {
      all.set(NativeMemory.LONG, at, flags);
    }
    if (all.get(NativeMemory.INT, at + Long.BYTES) != ONE_BUFFER) {
      all.set(NativeMemory.INT, at + Long.BYTES, ONE_BUFFER);
    }
  }

  /** How long the header is with these features. */
  static int length(long features) {
    return Features.has(features, Features.VERSION_1) || Features.has(features, Features.MRG_RXBUF)
        ? LENGTH
        : LEGACY_LENGTH;
  }
}
