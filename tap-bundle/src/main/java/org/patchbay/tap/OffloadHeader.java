package org.patchbay.tap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.patchbay.api.Ethernet;
import org.patchbay.api.TxFlags;
import org.patchbay.linux.VirtioNetHeader;

/**
 * Turns what a packet asks for into its virtio-net header, and puts into the packet's own headers
 * what the kernel expects there.
 *
 * <p>Where headers begin and end is read from the packet. Written into it are: the sum of the
 * pseudo header, from which the kernel completes the TCP or UDP checksum; of a packet to be
 * segmented also a length that is zero (IPv4 total length, IPv6 payload length, UDP length) and the
 * IPv4 header checksum, which is written where it is asked for, too. A length over 65535 bytes
 * stays 0. (The sum behind an IPv6 routing header is left as the guest wrote it.)
 *
 * <p>Used by one thread at a time: the fields describe the packet that is looked at.
 */
final class OffloadHeader {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int ETHER_TYPE_OFFSET = 12;
  private static final int TAG_LENGTH = 4;
  private static final int MAX_TAGS = 2;
  private static final int CUSTOMER_TAG = 0x8100;
  private static final int SERVICE_TAG = 0x88a8;
  private static final int ETHER_TYPE_IPV4 = 0x0800;
  private static final int ETHER_TYPE_IPV6 = 0x86dd;

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int TCP_CHECKSUM_OFFSET = 16;
  private static final int UDP_CHECKSUM_OFFSET = 6;
  private static final int TCP_MIN_HEADER_LENGTH = 20;
  private static final int UDP_HEADER_LENGTH = 8;
  private static final int TCP_FLAGS_OFFSET = 13;
  private static final int TCP_CWR = 0x80;

  // IPv6 extension headers that may precede the transport header (RFC 8200, section 4).
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int DESTINATION_OPTIONS = 60;

  private static final int MAX_LENGTH = 65535;
  private static final int CHECKSUMS =
      TxFlags.OFFLOAD_TCP_CHECKSUM
          | TxFlags.OFFLOAD_UDP_CHECKSUM
          | TxFlags.OFFLOAD_TCP_SEGMENTATION
          | TxFlags.OFFLOAD_UDP_SEGMENTATION;
  private static final int TCP_WORK =
      TxFlags.OFFLOAD_TCP_CHECKSUM | TxFlags.OFFLOAD_TCP_SEGMENTATION;
  private static final int UDP_WORK =
      TxFlags.OFFLOAD_UDP_CHECKSUM | TxFlags.OFFLOAD_UDP_SEGMENTATION;

  private MemorySegment memory = MemorySegment.NULL;
  private long frame;
  private int present;
  private int length;
  private boolean ipv4;
  private int network;
  private int transport;
  private int protocol;
  private boolean routed;

  /**
   * Writes the header for a packet and completes the packet's own headers.
   *
   * @param target memory that holds the packet's beginning
   * @param at where the virtio-net header goes; the frame follows it
   * @param presentBytes how many bytes of the frame the memory holds
   * @param frameLength length of the whole frame in bytes
   * @param flags bits of {@link TxFlags}
   * @param segmentSize payload bytes of a segment, only with segmentation
   * @return false if the packet is not what its flags say
   */
  boolean write(
      MemorySegment target,
      long at,
      int presentBytes,
      int frameLength,
      int flags,
      int segmentSize) {
    VirtioNetHeader.clear(target, at);
    if ((flags & TxFlags.ANY_OFFLOAD) == 0) {
      return true;
    }
    memory = target;
    frame = at + VirtioNetHeader.LENGTH;
    present = presentBytes;
    length = frameLength;
    if (!findNetwork(flags)) {
      return false;
    }
    boolean segmentation = (flags & TxFlags.ANY_SEGMENTATION) != 0;
    if (segmentation) {
      fillLength();
    }
    if (ipv4 && (segmentation || (flags & TxFlags.OFFLOAD_IPV4_HEADER_CHECKSUM) != 0)) {
      writeHeaderChecksum();
    }
    return (flags & CHECKSUMS) == 0 || writeTransport(at, flags, segmentSize);
  }

  private int u8(int offset) {
    return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, frame + offset));
  }

  private int u16(int offset) {
    return Short.toUnsignedInt(memory.get(SHORT, frame + offset));
  }

  private void setU16(int offset, int value) {
    memory.set(SHORT, frame + offset, (short) value);
  }

  /** Finds the IP header behind the Ethernet header and its tags, and checks it. */
  private boolean findNetwork(int flags) {
    int typeOffset = ETHER_TYPE_OFFSET;
    if (present < Ethernet.HEADER_LENGTH) {
      return false;
    }
    int type = u16(typeOffset);
    for (int tags = 0; tags <= MAX_TAGS && (type == CUSTOMER_TAG || type == SERVICE_TAG); tags++) {
      typeOffset += TAG_LENGTH;
      if (present < typeOffset + 2) {
        return false;
      }
      type = u16(typeOffset);
    }
    network = typeOffset + 2;
    if (type == ETHER_TYPE_IPV4 && (flags & TxFlags.IPV6) == 0) {
      return findBehindIpv4();
    }
    return type == ETHER_TYPE_IPV6 && (flags & TxFlags.IPV4) == 0 && findBehindIpv6();
  }

  private boolean findBehindIpv4() {
    if (present < network + Ethernet.IPV4_MIN_HEADER_LENGTH || u8(network) >>> 4 != 4) {
      return false;
    }
    int headerLength = (u8(network) & 0xf) * 4;
    ipv4 = true;
    transport = network + headerLength;
    protocol = u8(network + 9);
    routed = false;
    return headerLength >= Ethernet.IPV4_MIN_HEADER_LENGTH && transport <= present;
  }

  private boolean findBehindIpv6() {
    if (present < network + Ethernet.IPV6_MIN_HEADER_LENGTH || u8(network) >>> 4 != 6) {
      return false;
    }
    ipv4 = false;
    routed = false;
    int next = u8(network + 6);
    int offset = network + Ethernet.IPV6_MIN_HEADER_LENGTH;
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS) {
      if (present < offset + 8) {
        return false;
      }
      // With segments left, the packet's destination is another address than the IP header's.
      routed |= next == ROUTING && u8(offset + 3) != 0;
      next = u8(offset);
      offset += (u8(offset + 1) + 1) * 8;
    }
    transport = offset;
    protocol = next;
    return transport <= present;
  }

  /** Fills in the IP header's length where it is zero. */
  private void fillLength() {
    int offset = ipv4 ? network + 2 : network + 4;
    if (u16(offset) == 0) {
      int value = ipv4 ? length - network : length - network - Ethernet.IPV6_MIN_HEADER_LENGTH;
      setU16(offset, value > MAX_LENGTH ? 0 : value);
    }
  }

  private void writeHeaderChecksum() {
    int checksum = network + 10;
    setU16(checksum, 0);
    int sum = 0;
    for (int offset = network; offset < transport; offset += 2) {
      sum += u16(offset);
    }
    setU16(checksum, ~fold(sum));
  }

  private boolean writeTransport(long at, int flags, int segmentSize) {
    boolean tcp = (flags & TCP_WORK) != 0;
    if (tcp == ((flags & UDP_WORK) != 0) || protocol != (tcp ? TCP : UDP) || isFragment()) {
      return false;
    }
    int headers = tcp ? endOfTcp() : transport + UDP_HEADER_LENGTH;
    if (headers < 0 || headers > present) {
      return false;
    }
    boolean segmentation = (flags & TxFlags.ANY_SEGMENTATION) != 0;
    int checksum = tcp ? TCP_CHECKSUM_OFFSET : UDP_CHECKSUM_OFFSET;
    int payloadLength = segmentation ? length - transport : transportLength();
    if (segmentation && !tcp && u16(transport + 4) == 0) {
      setU16(transport + 4, payloadLength > MAX_LENGTH ? 0 : payloadLength);
    }
    if (!routed) {
      setU16(transport + checksum, pseudoSum(payloadLength));
    }
    VirtioNetHeader.setChecksum(memory, at, transport, checksum);
    if (!segmentation) {
      return true;
    }
    // The kernel refuses to segment what is one segment already; its checksum is all that's left.
    if (length - headers > segmentSize) {
      if (segmentSize == 0) {
        return false;
      }
      VirtioNetHeader.setSegmentation(memory, at, segmentation(tcp), headers, segmentSize);
    }
    return true;
  }

  /** End of the TCP header, or -1 if its length is not a valid one. */
  private int endOfTcp() {
    if (present < transport + TCP_MIN_HEADER_LENGTH) {
      return -1;
    }
    int headerLength = (u8(transport + 12) >>> 4) * 4;
    return headerLength < TCP_MIN_HEADER_LENGTH ? -1 : transport + headerLength;
  }

  private boolean isFragment() {
    // More fragments, or an offset; a fragment of IPv6 has a header that no transport follows.
    return ipv4 && (u16(network + 6) & 0x3fff) != 0;
  }

  private int segmentation(boolean tcp) {
    if (!tcp) {
      return VirtioNetHeader.GSO_UDP;
    }
    int congestion =
        (u8(transport + TCP_FLAGS_OFFSET) & TCP_CWR) != 0 ? VirtioNetHeader.GSO_ECN : 0;
    return (ipv4 ? VirtioNetHeader.GSO_TCP4 : VirtioNetHeader.GSO_TCP6) | congestion;
  }

  /** Length of transport header and payload as the IP header has it, without Ethernet padding. */
  private int transportLength() {
    int end =
        ipv4
            ? network + u16(network + 2)
            : network + Ethernet.IPV6_MIN_HEADER_LENGTH + u16(network + 4);
    return end > transport && end <= length ? end - transport : length - transport;
  }

  /** One's complement sum of the pseudo header (RFC 9293, section 3.1; RFC 8200, section 8.1). */
  private int pseudoSum(int payloadLength) {
    int from = ipv4 ? network + 12 : network + 8;
    int words = ipv4 ? 2 : 8;
    long sum = protocol + (payloadLength & 0xffff) + (payloadLength >>> 16);
    for (int i = 0; i < words; i++) {
      sum += Integer.toUnsignedLong(memory.get(INT, frame + from + 4L * i));
    }
    sum = (sum & 0xffff_ffffL) + (sum >>> 32);
    return fold((int) ((sum & 0xffff) + (sum >>> 16)));
  }

  private static int fold(int sum) {
    int once = (sum & 0xffff) + (sum >>> 16);
    return (once & 0xffff) + (once >>> 16);
  }
}
