package org.patchbay.frontend.offload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.patchbay.api.Ethernet;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;

/**
 * The headers of one frame: copied once from guest memory, which may change at any time, then
 * looked through and rewritten here. Where they begin and end is read from the frame, whatever its
 * metadata say, as the TAP endpoint does.
 *
 * <pre>
 *   0          network       transport      end          present         length
 *   | Ethernet | IP, options | TCP or UDP   | payload ... | (not here) ... |
 *   | tags     | extensions  | options      |
 * </pre>
 */
final class FrameHeaders {

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int ETHER_TYPE = 12;
  private static final int TAG_LENGTH = 4;
  private static final int TYPE_CUSTOMER_TAG = 0x8100;
  private static final int TYPE_SERVICE_TAG = 0x88a8;
  private static final int TYPE_IPV4 = 0x0800;
  private static final int TYPE_IPV6 = 0x86dd;

  // Offsets from the IPv4 header (RFC 791, section 3.1).
  private static final int IPV4_TOTAL_LENGTH = 2;
  private static final int IPV4_ID = 4;
  private static final int IPV4_FRAGMENT = 6;
  private static final int IPV4_PROTOCOL = 9;
  private static final int IPV4_CHECKSUM = 10;
  private static final int IPV4_ADDRESSES = 12;

  // Offsets from the IPv6 header, and extension headers that a transport header may follow
  // (RFC 8200, sections 3 and 4).
  private static final int IPV6_PAYLOAD_LENGTH = 4;
  private static final int IPV6_NEXT_HEADER = 6;
  private static final int IPV6_ADDRESSES = 8;
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int DESTINATION_OPTIONS = 60;

  // Offsets from the TCP header (RFC 9293, section 3.1).
  private static final int TCP = 6;
  private static final int TCP_MIN_LENGTH = 20;
  private static final int TCP_SEQUENCE = 4;
  private static final int TCP_DATA_OFFSET = 12;
  private static final int TCP_FLAGS = 13;
  private static final int TCP_CHECKSUM = 16;
  private static final int FIN_AND_PUSH = 0x01 | 0x08;
  private static final int CONGESTION_WINDOW_REDUCED = 0x80;

  // Offsets from the UDP header (RFC 768).
  private static final int UDP = 17;
  private static final int UDP_HEADER_LENGTH = 8;
  private static final int UDP_LENGTH = 4;
  private static final int UDP_CHECKSUM = 6;

  private static final int TCP_WORK =
      TxFlags.OFFLOAD_TCP_CHECKSUM | TxFlags.OFFLOAD_TCP_SEGMENTATION;
  private static final int UDP_WORK =
      TxFlags.OFFLOAD_UDP_CHECKSUM | TxFlags.OFFLOAD_UDP_SEGMENTATION;

  private static final int MAX_LENGTH = 65535;

  private final MemorySegment memory = Arena.ofAuto().allocate(ScratchMemory.MAX_HEADERS, 8);
  private int length;
  private int present;
  private boolean ipv4;
  private boolean tcp;
  private boolean routed;
  private int protocol;
  private int network;
  private int transport;
  private int end;

  // Of the frame as the guest wrote it, since segments change the headers here one by one.
  private int identification;
  private int sequence;
  private int tcpFlags;
  private int pseudoSum;

  /** The frame's beginning. */
  MemorySegment memory() {
    return memory;
  }

  /** How many bytes of the frame are here. */
  int present() {
    return present;
  }

  /** Length of the Ethernet header with its tags. */
  int l2Length() {
    return network;
  }

  /** Length of the IP header with options or extensions. */
  int l3Length() {
    return transport - network;
  }

  /** Length of the TCP or UDP header. */
  int l4Length() {
    return end - transport;
  }

  /** Length of all headers. */
  int end() {
    return end;
  }

  boolean isIpv4() {
    return ipv4;
  }

  boolean isTcp() {
    return tcp;
  }

  /**
   * Copies the beginning of a frame.
   *
   * @return false if the packet is malformed or not within guest memory
   */
  boolean read(TxBatch batch, int packet, GuestMemory guest) {
    if (!batch.isWellFormed(packet) || !batch.liesWithin(packet, guest)) {
      return false;
    }
    length = batch.length(packet);
    present = Math.min(length, ScratchMemory.MAX_HEADERS);
    int done = 0;
    for (int i = batch.firstSegment(packet); done < present; i++) {
      int part = Math.min(batch.segmentLength(i), present - done);
      if (!guest.read(batch.segmentAddress(i), memory, done, part)) {
        return false;
      }
      done += part;
    }
    return true;
  }

  /**
   * Finds the headers that the work on a frame needs.
   *
   * @param flags bits of {@link TxFlags}
   * @return false if the frame is not what its flags say
   */
  boolean find(int flags) {
    if (!findNetwork(flags)) {
      return false;
    }
    end = transport;
    boolean tcpWork = (flags & TCP_WORK) != 0;
    boolean udpWork = (flags & UDP_WORK) != 0;
    return tcpWork != udpWork ? findTransport(tcpWork) : !tcpWork;
  }

  private boolean findNetwork(int flags) {
    int at = ETHER_TYPE;
    if (present < Ethernet.HEADER_LENGTH) {
      return false;
    }
    int type = u16(at);
    while (type == TYPE_CUSTOMER_TAG || type == TYPE_SERVICE_TAG) {
      at += TAG_LENGTH;
      if (present < at + Short.BYTES) {
        return false;
      }
      type = u16(at);
    }
    network = at + Short.BYTES;
    ipv4 = type == TYPE_IPV4;
    routed = false;
    return switch (type) {
      case TYPE_IPV4 -> (flags & TxFlags.IPV6) == 0 && findBehindIpv4();
      case TYPE_IPV6 -> (flags & TxFlags.IPV4) == 0 && findBehindIpv6();
      default -> false;
    };
  }

  private boolean findBehindIpv4() {
    if (present < network + Ethernet.IPV4_MIN_HEADER_LENGTH || u8(network) >>> 4 != 4) {
      return false;
    }
    int headerLength = (u8(network) & 0xf) * 4;
    transport = network + headerLength;
    protocol = u8(network + IPV4_PROTOCOL);
    return headerLength >= Ethernet.IPV4_MIN_HEADER_LENGTH && transport <= present;
  }

  private boolean findBehindIpv6() {
    int at = network + Ethernet.IPV6_MIN_HEADER_LENGTH;
    if (present < at || u8(network) >>> 4 != 6) {
      return false;
    }
    int next = u8(network + IPV6_NEXT_HEADER);
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS) {
      if (present < at + 8) {
        return false;
      }
      // With segments left, the address that the checksum covers is not the IP header's.
      routed |= next == ROUTING && u8(at + 3) != 0;
      next = u8(at);
      at += (u8(at + 1) + 1) * 8;
    }
    transport = at;
    protocol = next;
    return transport <= present;
  }

  private boolean findTransport(boolean tcpWork) {
    tcp = tcpWork;
    if (protocol != (tcp ? TCP : UDP) || isFragment()) {
      return false;
    }
    if (!tcp) {
      end = transport + UDP_HEADER_LENGTH;
      return end <= present;
    }
    if (present < transport + TCP_MIN_LENGTH) {
      return false;
    }
    int headerLength = (u8(transport + TCP_DATA_OFFSET) >>> 4) * 4;
    end = transport + headerLength;
    return headerLength >= TCP_MIN_LENGTH && end <= present;
  }

  private boolean isFragment() {
    // More fragments, or an offset. IPv6 has a header for it that no transport header follows here.
    return ipv4 && (u16(network + IPV4_FRAGMENT) & 0x3fff) != 0;
  }

  // ---- a frame that stays one ----

  /** Computes the IPv4 header checksum. */
  void writeHeaderChecksum() {
    int at = network + IPV4_CHECKSUM;
    setU16(at, 0);
    setU16(at, ~InternetChecksum.sum(memory, network, transport - network));
  }

  /**
   * Fills in what a frame to be segmented may lack although it is one segment already: a zero
   * length of IP or UDP, and the IPv4 header checksum.
   */
  void completeSingle() {
    int lengthAt = ipv4 ? network + IPV4_TOTAL_LENGTH : network + IPV6_PAYLOAD_LENGTH;
    if (u16(lengthAt) == 0) {
      setU16(lengthAt, ipLength(length));
    }
    if (!tcp && u16(transport + UDP_LENGTH) == 0) {
      setU16(transport + UDP_LENGTH, length - transport);
    }
    if (ipv4) {
      writeHeaderChecksum();
    }
  }

  /** How many bytes of payload the IP header's length says there are, without padding. */
  int payloadLength() {
    int ipEnd =
        ipv4
            ? network + u16(network + IPV4_TOTAL_LENGTH)
            : network + Ethernet.IPV6_MIN_HEADER_LENGTH + u16(network + IPV6_PAYLOAD_LENGTH);
    return ipEnd >= end && ipEnd <= length ? ipEnd - end : length - end;
  }

  /**
   * Computes the TCP or UDP checksum.
   *
   * @param payload how many bytes of payload it covers
   * @param payloadSum their sum
   */
  void writeTransportChecksum(int payload, int payloadSum) {
    preparePseudoSum();
    // The kernel, too, writes no zero here, whatever the protocol; both forms of it mean the same.
    int checksum = transportChecksum(payload, payloadSum);
    setU16(checksumOffset(), checksum == 0 ? 0xffff : checksum);
  }

  // ---- a frame that is cut into segments ----

  /** Whether segments of this many bytes of payload have lengths that their headers can tell. */
  boolean allowsSegments(int size) {
    int from = ipv4 ? network : network + Ethernet.IPV6_MIN_HEADER_LENGTH;
    return end - from + size <= MAX_LENGTH;
  }

  /** Keeps what the headers of the segments are made of. */
  void prepareSegments() {
    if (ipv4) {
      identification = u16(network + IPV4_ID);
    }
    if (tcp) {
      sequence = memory.get(INT, transport + TCP_SEQUENCE);
      tcpFlags = u8(transport + TCP_FLAGS);
    }
    preparePseudoSum();
  }

  /**
   * Turns the headers into those of a segment, all but the transport checksum.
   *
   * @param index the segment's number, from 0
   * @param offset of its payload in the whole payload
   * @param size its payload
   * @param last whether it is the last one
   */
  void writeSegment(int index, int offset, int size, boolean last) {
    if (ipv4) {
      setU16(network + IPV4_TOTAL_LENGTH, ipLength(end + size));
      setU16(network + IPV4_ID, identification + index);
      writeHeaderChecksum();
    } else {
      setU16(network + IPV6_PAYLOAD_LENGTH, ipLength(end + size));
    }
    if (tcp) {
      memory.set(INT, transport + TCP_SEQUENCE, sequence + offset);
      int dropped = (last ? 0 : FIN_AND_PUSH) | (index == 0 ? 0 : CONGESTION_WINDOW_REDUCED);
      memory.set(BYTE, transport + TCP_FLAGS, (byte) (tcpFlags & ~dropped));
    } else {
      setU16(transport + UDP_LENGTH, UDP_HEADER_LENGTH + size);
    }
  }

  /** Computes the transport checksum of a segment. */
  void writeSegmentChecksum(int size, int payloadSum) {
    int checksum = transportChecksum(size, payloadSum);
    // In UDP zero means that there is none.
    setU16(checksumOffset(), checksum == 0 && !tcp ? 0xffff : checksum);
  }

  /** Writes the sum that a backend completes to the transport checksum of a segment. */
  void writeSegmentPseudoSum(int size) {
    setU16(checksumOffset(), InternetChecksum.fold(0L + pseudoSum + end - transport + size));
  }

  // ---- sums ----

  /**
   * Sums the pseudo header but for the length (RFC 9293, section 3.1; RFC 8200, section 8.1).
   * Behind a routing header, whose final address it would need, it is the guest's own sum, which
   * stands in the checksum field, less the length in it.
   */
  private void preparePseudoSum() {
    if (routed) {
      int theirs = fold32(length - transport);
      pseudoSum = InternetChecksum.fold(0L + u16(checksumOffset()) + (0xffff - theirs));
      return;
    }
    int addresses = ipv4 ? IPV4_ADDRESSES : IPV6_ADDRESSES;
    int addressesLength = ipv4 ? 2 * 4 : 2 * 16;
    int sum = InternetChecksum.sum(memory, network + addresses, addressesLength);
    pseudoSum = InternetChecksum.fold(0L + sum + (tcp ? TCP : UDP));
  }

  private int transportChecksum(int payload, int payloadSum) {
    setU16(checksumOffset(), 0);
    int headerSum = InternetChecksum.sum(memory, transport, end - transport);
    int transportLength = end - transport + payload;
    long total = 0L + pseudoSum + headerSum + payloadSum + fold32(transportLength);
    return ~InternetChecksum.fold(total) & 0xffff;
  }

  private static int fold32(int value) {
    return InternetChecksum.fold(Integer.toUnsignedLong(value));
  }

  private int checksumOffset() {
    return transport + (tcp ? TCP_CHECKSUM : UDP_CHECKSUM);
  }

  /** The length that the IP header tells for a frame of this length. */
  private int ipLength(int frameLength) {
    return frameLength - network - (ipv4 ? 0 : Ethernet.IPV6_MIN_HEADER_LENGTH);
  }

  private int u8(int offset) {
    return Byte.toUnsignedInt(memory.get(BYTE, offset));
  }

  private int u16(int offset) {
    return Short.toUnsignedInt(memory.get(SHORT, offset));
  }

  private void setU16(int offset, int value) {
    memory.set(SHORT, offset, (short) value);
  }
}
