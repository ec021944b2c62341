package org.patchbay.vhostuser.ring;

import org.patchbay.api.Ethernet;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;

/**
 * What a virtio-net header asks for, checked against the packet behind it. The header's own lengths
 * are not believed: where headers begin and end is read from the packet, whose first bytes are
 * copied out of the guest's memory once.
 *
 * <p>Worker only; one object for each transmit side.
 */
final class OffloadRequest {

  /** Most bytes of a packet that its headers may take: with two tags, extensions and options. */
  private static final int MOST_HEADERS = 384;

  private static final int ETHER_TYPE = 12;
  private static final int TAG_LENGTH = 4;
  private static final int MOST_TAGS = 2;
  private static final int CUSTOMER_TAG = 0x8100;
  private static final int SERVICE_TAG = 0x88a8;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int DESTINATION_OPTIONS = 60;
  private static final int TCP_MIN = 20;
  private static final int UDP_LENGTH = 8;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;
  private static final int IPV4_FRAGMENT = 0x3fff; // more fragments, or an offset

  private final boolean checksum;
  private final boolean tso4;
  private final boolean tso6;
  private final boolean uso;
  private final byte[] header = new byte[NetHeader.LENGTH];
  private final byte[] packet = new byte[MOST_HEADERS];

  // Of the packet last read.
  private int available;
  private int l2;
  private int l3;
  private int l4;
  private int protocol;
  private long lengths;

  OffloadRequest(long features) {
    checksum = Features.has(features, Features.CSUM);
    tso4 = checksum && Features.has(features, Features.HOST_TSO4);
    tso6 = checksum && Features.has(features, Features.HOST_TSO6);
    uso = checksum && Features.has(features, Features.HOST_USO);
  }

  /** Whether a header can ask for anything: all requests need VIRTIO_NET_F_CSUM. */
  boolean isPossible() {
    return checksum;
  }

  /**
   * Reads the header and, if it asks for something, the packet's headers.
   *
   * @return flags as {@link TxFlags}, or the negative code of a {@link Cause}
   */
  int read(Chains chains, int slot, int headerLength) {
    chains.read(slot, 0, header, NetHeader.LEGACY_LENGTH);
    boolean needsChecksum = (header[0] & NetHeader.NEEDS_CHECKSUM) != 0;
    int gso = header[1] & 0xff;
    if (!needsChecksum && gso == NetHeader.GSO_NONE) {
      return 0;
    }
    int refusal = refusal(needsChecksum, gso);
    if (refusal < 0) {
      return refusal;
    }
    int frame = chains.length[slot] - headerLength;
    available = Math.min(frame, MOST_HEADERS);
    chains.read(slot, headerLength, packet, available);
    int network = readNetwork();
    if (network < 0) {
      return network;
    }
    int transport = readTransport();
    if (transport < 0) {
      return transport;
    }
    int start = little(6);
    int offset = little(8);
    if (start != l2 + l3 || offset != (protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM)) {
      return Cause.OFFLOAD_MISMATCH.code();
    }
    return request(gso, network, frame);
  }

  /** Whether the header asks for what was not negotiated or cannot be, as a code, else 0. */
  private int refusal(boolean needsChecksum, int gso) {
    boolean negotiated =
        switch (gso) {
          case NetHeader.GSO_NONE -> checksum;
          case NetHeader.GSO_TCP4 -> tso4;
          case NetHeader.GSO_TCP6 -> tso6;
          case NetHeader.GSO_UDP_L4 -> uso;
          default -> false;
        };
    if (!negotiated) {
      return Cause.NOT_NEGOTIATED.code();
    }
    // Segments need their checksums: the specification has a driver ask for both.
    return needsChecksum ? 0 : Cause.OFFLOAD_MISMATCH.code();
  }

  /** Reads the Ethernet and IP headers; answers the flag of the IP version or a code. */
  private int readNetwork() {
    int type = big(ETHER_TYPE);
    l2 = Ethernet.HEADER_LENGTH;
    for (int tags = 0; type == CUSTOMER_TAG || type == SERVICE_TAG; tags++) {
      if (tags == MOST_TAGS || l2 + TAG_LENGTH > available) {
        return Cause.HEADERS_BROKEN.code();
      }
      type = big(l2 + TAG_LENGTH - 2);
      l2 += TAG_LENGTH;
    }
    return switch (type) {
      case IPV4 -> readIpv4();
      case IPV6 -> readIpv6();
      default -> Cause.OFFLOAD_MISMATCH.code();
    };
  }

  private int readIpv4() {
    if (available - l2 < Ethernet.IPV4_MIN_HEADER_LENGTH) {
      return Cause.HEADERS_BROKEN.code();
    }
    int first = packet[l2] & 0xff;
    l3 = (first & 15) * 4;
    if (first >>> 4 != 4 || l3 < Ethernet.IPV4_MIN_HEADER_LENGTH || l3 > available - l2) {
      return Cause.HEADERS_BROKEN.code();
    }
    if ((big(l2 + 6) & IPV4_FRAGMENT) != 0) {
      return Cause.OFFLOAD_MISMATCH.code();
    }
    protocol = packet[l2 + 9] & 0xff;
    return TxFlags.IPV4;
  }

  private int readIpv6() {
    if (available - l2 < Ethernet.IPV6_MIN_HEADER_LENGTH || packet[l2] >> 4 != 6) {
      return Cause.HEADERS_BROKEN.code();
    }
    int next = packet[l2 + 6] & 0xff;
    l3 = Ethernet.IPV6_MIN_HEADER_LENGTH;
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS) {
      if (available - l2 - l3 < 8) {
        return Cause.HEADERS_BROKEN.code();
      }
      next = packet[l2 + l3] & 0xff;
      l3 += 8 + (packet[l2 + l3 + 1] & 0xff) * 8;
    }
    if (l3 > available - l2) {
      return Cause.HEADERS_BROKEN.code();
    }
    protocol = next;
    return TxFlags.IPV6;
  }

  /** Reads the transport header; 0 or a code. */
  private int readTransport() {
    int at = l2 + l3;
    int left = available - at;
    switch (protocol) {
      case TCP -> {
        if (left < TCP_MIN) {
          return Cause.HEADERS_BROKEN.code();
        }
        l4 = (packet[at + 12] >>> 4 & 15) * 4;
        return l4 < TCP_MIN || l4 > left ? Cause.HEADERS_BROKEN.code() : 0;
      }
      case UDP -> {
        l4 = UDP_LENGTH;
        return left < UDP_LENGTH ? Cause.HEADERS_BROKEN.code() : 0;
      }
      default -> {
        return Cause.OFFLOAD_MISMATCH.code();
      }
    }
  }

  private int request(int gso, int network, int frame) {
    int flags =
        network | (protocol == TCP ? TxFlags.OFFLOAD_TCP_CHECKSUM : TxFlags.OFFLOAD_UDP_CHECKSUM);
    int size = 0;
    if (gso != NetHeader.GSO_NONE) {
      boolean fits =
          switch (gso) {
            case NetHeader.GSO_TCP4 -> protocol == TCP && network == TxFlags.IPV4;
            case NetHeader.GSO_TCP6 -> protocol == TCP && network == TxFlags.IPV6;
            default -> protocol == UDP;
          };
      size = little(4);
      if (!fits || size == 0 || frame <= l2 + l3 + l4) {
        return Cause.OFFLOAD_MISMATCH.code();
      }
      flags |=
          protocol == TCP ? TxFlags.OFFLOAD_TCP_SEGMENTATION : TxFlags.OFFLOAD_UDP_SEGMENTATION;
    }
    lengths = l2 | (long) l3 << 8 | (long) l4 << 24 | (long) size << 32;
    return flags;
  }

  /** The lengths that belong to the flags last answered, for {@link #set}. */
  long lengths() {
    return lengths;
  }

  /** Sets lengths on the packet that was added last. */
  static void set(TxBatch batch, long lengths) {
    int l2 = (int) lengths & 0xff;
    int l3 = (int) (lengths >>> 8) & 0xffff;
    int l4 = (int) (lengths >>> 24) & 0xff;
    batch.setOffload(l2, l3, l4, l2 + l3, (int) (lengths >>> 32));
  }

  private int little(int at) {
    return header[at] & 0xff | (header[at + 1] & 0xff) << 8;
  }

  private int big(int at) {
    return (packet[at] & 0xff) << 8 | packet[at + 1] & 0xff;
  }
}
