package org.patchbay.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * The header before each frame of a TAP, as offsets into it; in the byte order of the machine,
 * which is little-endian on both architectures (virtio 1.2, section 5.1.6).
 *
 * <pre>{@code
 * struct virtio_net_hdr_mrg_rxbuf {
 *   struct virtio_net_hdr {
 *     __u8  flags;
 *     __u8  gso_type;
 *     __virtio16 hdr_len;       // length of all headers of a frame to be segmented
 *     __virtio16 gso_size;      // payload bytes of a segment
 *     __virtio16 csum_start;    // from where the checksum is computed
 *     __virtio16 csum_offset;   // where it is stored, from csum_start
 *   } hdr;
 *   __virtio16 num_buffers;
 * };
 * }</pre>
 */
public final class VirtioNetHeader {
  /** Length in bytes. */
  public static final int LENGTH = 12;

  /** Flag: the checksum from {@code csum_start} on is to be filled in. */
  public static final int NEEDS_CHECKSUM = Uapi.VIRTIO_NET_HDR_F_NEEDS_CSUM;

  /** Flag on received frames: the checksums were verified. */
  public static final int DATA_VALID = Uapi.VIRTIO_NET_HDR_F_DATA_VALID;

  /** No segmentation. */
  public static final int GSO_NONE = Uapi.VIRTIO_NET_HDR_GSO_NONE;

  /** Segment TCP over IPv4. */
  public static final int GSO_TCP4 = Uapi.VIRTIO_NET_HDR_GSO_TCPV4;

  /** Segment TCP over IPv6. */
  public static final int GSO_TCP6 = Uapi.VIRTIO_NET_HDR_GSO_TCPV6;

  /** Segment UDP into datagrams, from Linux 6.2 on. */
  public static final int GSO_UDP = Uapi.VIRTIO_NET_HDR_GSO_UDP_L4;

  /** Added to a TCP type: the packet carries congestion window reduced. */
  public static final int GSO_ECN = Uapi.VIRTIO_NET_HDR_GSO_ECN;

  static final StructLayout HEADER =
      Native.struct(
          "struct virtio_net_hdr",
          Native.BYTE.withName("flags"),
          Native.BYTE.withName("gso_type"),
          Native.SHORT.withName("hdr_len"),
          Native.SHORT.withName("gso_size"),
          Native.SHORT.withName("csum_start"),
          Native.SHORT.withName("csum_offset"));

  static final StructLayout HEADER_WITH_BUFFERS =
      Native.struct(
          "struct virtio_net_hdr_mrg_rxbuf",
          HEADER.withName("hdr"),
          Native.SHORT.withName("num_buffers"));

  private static final long GSO_TYPE = Native.offset(HEADER, "gso_type");
  private static final long HEADER_LENGTH = Native.offset(HEADER, "hdr_len");
  private static final long GSO_SIZE = Native.offset(HEADER, "gso_size");
  private static final long CHECKSUM_START = Native.offset(HEADER, "csum_start");
  private static final long CHECKSUM_OFFSET = Native.offset(HEADER, "csum_offset");
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private VirtioNetHeader() {}

  /** Writes a header that asks for nothing at {@code at}. */
  public static void clear(MemorySegment memory, long at) {
    memory.set(LONG, at, 0);
    memory.set(INT, at + Long.BYTES, 0);
  }

  /**
   * Asks, in a cleared header, for a checksum.
   *
   * @param start from which byte of the frame on it is computed
   * @param offset where it is stored, from {@code start}: 16 for TCP, 6 for UDP
   */
  public static void setChecksum(MemorySegment memory, long at, int start, int offset) {
    memory.set(Native.BYTE, at, (byte) NEEDS_CHECKSUM);
    memory.set(SHORT, at + CHECKSUM_START, (short) start);
    memory.set(SHORT, at + CHECKSUM_OFFSET, (short) offset);
  }

  /**
   * Asks, in a cleared header, for segmentation.
   *
   * @param type {@link #GSO_TCP4}, {@link #GSO_TCP6} or {@link #GSO_UDP}, with {@link #GSO_ECN}
   *     where due
   * @param headers length of all headers of the frame in bytes
   * @param size payload bytes of a segment
   */
  public static void setSegmentation(
      MemorySegment memory, long at, int type, int headers, int size) {
    memory.set(Native.BYTE, at + GSO_TYPE, (byte) type);
    memory.set(SHORT, at + HEADER_LENGTH, (short) headers);
    memory.set(SHORT, at + GSO_SIZE, (short) size);
  }

  /** The flags of the header at {@code at}. */
  public static int flags(MemorySegment memory, long at) {
    return memory.get(Native.BYTE, at);
  }

  /** The segmentation type of the header at {@code at}. */
  public static int segmentation(MemorySegment memory, long at) {
    return Byte.toUnsignedInt(memory.get(Native.BYTE, at + GSO_TYPE));
  }

  /** Payload bytes of a segment, in the header at {@code at}. */
  public static int segmentSize(MemorySegment memory, long at) {
    return Short.toUnsignedInt(memory.get(SHORT, at + GSO_SIZE));
  }

  /** Length of all headers, in the header at {@code at}. */
  public static int headerLength(MemorySegment memory, long at) {
    return Short.toUnsignedInt(memory.get(SHORT, at + HEADER_LENGTH));
  }

  /** From which byte of the frame on the checksum is computed, in the header at {@code at}. */
  public static int checksumStart(MemorySegment memory, long at) {
    return Short.toUnsignedInt(memory.get(SHORT, at + CHECKSUM_START));
  }

  /** Where the checksum is stored from its start, in the header at {@code at}. */
  public static int checksumOffset(MemorySegment memory, long at) {
    return Short.toUnsignedInt(memory.get(SHORT, at + CHECKSUM_OFFSET));
  }
}
