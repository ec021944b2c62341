package org.patchbay.tap;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Makes and takes apart Ethernet frames with IP, TCP and UDP, independently of the product. */
final class Frames {
  static final int IPV4 = 0x0800;
  static final int IPV6 = 0x86dd;
  static final int TCP = 6;
  static final int UDP = 17;

  /** An ethertype for local experiments, which the kernel's own frames never have. */
  static final int EXPERIMENT = 0x88b5;

  private Frames() {}

  /** A broadcast frame without IP, its bytes random but reproducible. */
  static byte[] plain(int length, int seed) {
    byte[] frame = new byte[length];
    new Random(seed).nextBytes(frame);
    ethernet(ByteBuffer.wrap(frame), EXPERIMENT);
    return frame;
  }

  private static void ethernet(ByteBuffer frame, int type) {
    frame.put(0, new byte[] {-1, -1, -1, -1, -1, -1, 2, 0, 0, 0, 0, 7});
    frame.putShort(12, (short) type);
  }

  /**
   * A frame with IP and TCP or UDP, with right lengths and zeroed checksums.
   *
   * @param extra bytes of IPv4 options, TCP options or an IPv6 hop-by-hop header, a multiple of 8
   */
  static byte[] ip(int type, int protocol, int payload, int extra) {
    boolean v4 = type == IPV4;
    int ipHeader = v4 ? 20 + extra : 40 + extra;
    int l4Header = protocol == TCP ? 20 + extra : 8;
    byte[] frame = new byte[14 + ipHeader + l4Header + payload];
    new Random(payload).nextBytes(frame);
    ByteBuffer buffer = ByteBuffer.wrap(frame);
    ethernet(buffer, type);
    Arrays.fill(frame, 14, 14 + ipHeader + l4Header, (byte) 0);
    int l4 = 14 + ipHeader;
    if (v4) {
      buffer.put(14, (byte) (0x40 | ipHeader / 4));
      buffer.putShort(16, (short) (frame.length - 14));
      buffer.put(22, (byte) 64).put(23, (byte) protocol);
      buffer.putInt(26, 0x0a000001).putInt(30, 0x0affffff);
      Arrays.fill(frame, 34, 34 + extra, (byte) 1); // no-operation options
    } else {
      buffer.put(14, (byte) 0x60);
      buffer.putShort(18, (short) (frame.length - 54));
      buffer.put(20, (byte) (extra > 0 ? 0 : protocol)).put(21, (byte) 64);
      buffer.putLong(22, 0xfd00_0000_0000_0000L).putLong(30, 0x0123_4567_89ab_cdefL);
      buffer.putLong(38, 0xff02_0000_0000_0000L).putLong(46, 1);
      if (extra > 0) {
        buffer.put(54, (byte) protocol).put(55, (byte) (extra / 8 - 1));
        buffer.put(56, (byte) 1).put(57, (byte) (extra - 4)); // PadN
      }
    }
    buffer.putShort(l4, (short) 4000).putShort(l4 + 2, (short) 5000);
    if (protocol == TCP) {
      buffer
          .putInt(l4 + 4, 1000)
          .put(l4 + 12, (byte) (l4Header / 4 << 4))
          .put(l4 + 13, (byte) 0x10);
      Arrays.fill(frame, l4 + 20, l4 + 20 + extra, (byte) 1);
    } else {
      buffer.putShort(l4 + 4, (short) (8 + payload));
    }
    return frame;
  }

  static int network(byte[] frame) {
    return type(frame, 12) == 0x8100 ? 18 : 14;
  }

  private static int type(byte[] frame, int offset) {
    return Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort(offset));
  }

  static boolean isIpv4(byte[] frame) {
    return type(frame, network(frame) - 2) == IPV4;
  }

  /** Where TCP or UDP begins; a hop-by-hop header is the only extension that is known. */
  static int transport(byte[] frame) {
    int network = network(frame);
    if (isIpv4(frame)) {
      return network + (frame[network] & 0xf) * 4;
    }
    return frame[network + 6] == 0 ? network + 40 + (frame[network + 41] + 1) * 8 : network + 40;
  }

  static int protocol(byte[] frame) {
    int network = network(frame);
    if (isIpv4(frame)) {
      return frame[network + 9];
    }
    return frame[network + 6] == 0 ? frame[network + 40] : frame[network + 6];
  }

  static int headers(byte[] frame) {
    int transport = transport(frame);
    return protocol(frame) == TCP
        ? transport + (Byte.toUnsignedInt(frame[transport + 12]) >>> 4) * 4
        : transport + 8;
  }

  /** The payload by the lengths in the headers. */
  static byte[] payload(byte[] frame) {
    return Arrays.copyOfRange(frame, headers(frame), end(frame));
  }

  private static int end(byte[] frame) {
    int network = network(frame);
    return isIpv4(frame)
        ? network + type(frame, network + 2)
        : network + 40 + type(frame, network + 4);
  }

  static int sequence(byte[] frame) {
    return ByteBuffer.wrap(frame).getInt(transport(frame) + 4);
  }

  /** Whether the sum over the IPv4 header is what RFC 791 asks for. */
  static boolean ipChecksumIsRight(byte[] frame) {
    int network = network(frame);
    return !isIpv4(frame) || sum(frame, network, transport(frame), 0) == 0xffff;
  }

  /** Whether the sum over pseudo header and segment is what RFC 9293 and RFC 768 ask for. */
  static boolean transportChecksumIsRight(byte[] frame) {
    int transport = transport(frame);
    int end = end(frame);
    return sum(frame, transport, end, pseudo(frame, end - transport)) == 0xffff;
  }

  private static long pseudo(byte[] frame, int length) {
    int network = network(frame);
    int from = isIpv4(frame) ? network + 12 : network + 8;
    int to = isIpv4(frame) ? network + 20 : network + 40;
    return sum(frame, from, to, 0L + protocol(frame) + length);
  }

  /** The pseudo header's sum, as it stands in the checksum field before the kernel completes it. */
  static int pseudoSum(byte[] frame, int length) {
    return (int) fold(pseudo(frame, 0) + (length & 0xffff) + (length >>> 16));
  }

  private static long sum(byte[] frame, int from, int to, long start) {
    long sum = start;
    for (int i = from; i < to; i++) {
      sum += (i - from) % 2 == 0 ? Byte.toUnsignedInt(frame[i]) << 8 : Byte.toUnsignedInt(frame[i]);
    }
    return fold(sum);
  }

  private static long fold(long sum) {
    long folded = sum;
    while (folded > 0xffff) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return folded;
  }
}
