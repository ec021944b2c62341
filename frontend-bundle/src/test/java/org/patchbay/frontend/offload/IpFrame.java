package org.patchbay.frontend.offload;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.patchbay.api.TxFlags;

/**
 * An Ethernet frame with IP and TCP or UDP, as fields, from which its bytes are made. Also the
 * reference that the product is compared with: the segments of a frame are frames made anew, with
 * checksums summed byte by byte.
 */
public final class IpFrame implements Cloneable {

  static final int TCP = 6;
  static final int UDP = 17;

  static final int FIN = 0x01;
  static final int PSH = 0x08;
  static final int ACK = 0x10;
  static final int CWR = 0x80;

  static final int HOP_BY_HOP = 0;
  static final int ROUTING = 43;
  static final int DESTINATION_OPTIONS = 60;

  boolean ipv6;
  int protocol = TCP;
  int[] tags = {};
  int ipOptions;
  int[] extensions = {};
  int segmentsLeft;
  int tcpOptions;
  int fragment = 0x4000;
  int id = 0x1234;
  public int sequence = 1_000_000;
  int flags = ACK;
  public int source = 4000;
  public byte[] payload = {};

  /** A frame with everything random, its payload of this length. */
  static IpFrame random(Random random, boolean ipv6, int protocol, int payload) {
    IpFrame frame = new IpFrame();
    frame.ipv6 = ipv6;
    frame.protocol = protocol;
    frame.tags = new int[random.nextInt(4) / 2];
    Arrays.setAll(frame.tags, i -> random.nextInt(0x10000));
    frame.ipOptions = random.nextBoolean() ? 0 : random.nextInt(11) * 4;
    int[] kinds = {HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING};
    frame.extensions = Arrays.copyOf(kinds, random.nextBoolean() ? 0 : random.nextInt(4));
    frame.tcpOptions = random.nextInt(11) * 4;
    frame.fragment = random.nextBoolean() ? 0x4000 : 0;
    frame.id = random.nextInt(0x10000);
    frame.sequence = random.nextInt();
    frame.flags = random.nextInt(0x100);
    frame.source = random.nextInt(0x10000);
    frame.payload = new byte[payload];
    random.nextBytes(frame.payload);
    return frame;
  }

  @Override
  public IpFrame clone() {
    try {
      return (IpFrame) super.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /** The frames that segmentation makes of this one. */
  List<byte[]> segments(int size) {
    List<byte[]> segments = new ArrayList<>();
    for (int offset = 0; offset < payload.length; offset += size) {
      IpFrame segment = clone();
      boolean last = offset + size >= payload.length;
      segment.payload =
          Arrays.copyOfRange(payload, offset, Math.min(offset + size, payload.length));
      segment.id = id + segments.size();
      segment.sequence = sequence + offset;
      segment.flags = flags & ~(last ? 0 : FIN | PSH) & ~(segments.isEmpty() ? 0 : CWR);
      segments.add(segment.bytes(payload.length > size));
    }
    return segments;
  }

  int network() {
    return 14 + 4 * tags.length;
  }

  public int transport() {
    return network() + (ipv6 ? 40 + extensionsLength() : 20 + ipOptions);
  }

  public int headers() {
    return transport() + (protocol == TCP ? 20 + tcpOptions : 8);
  }

  /** Flags that ask for everything which the frame can have done, but segmentation. */
  int checksumFlags() {
    int transport = protocol == TCP ? TxFlags.OFFLOAD_TCP_CHECKSUM : TxFlags.OFFLOAD_UDP_CHECKSUM;
    return ipv6
        ? TxFlags.IPV6 | transport
        : TxFlags.IPV4 | TxFlags.OFFLOAD_IPV4_HEADER_CHECKSUM | transport;
  }

  /** Flags that ask for segmentation, too. */
  public int segmentationFlags() {
    return checksumFlags()
        | (protocol == TCP ? TxFlags.OFFLOAD_TCP_SEGMENTATION : TxFlags.OFFLOAD_UDP_SEGMENTATION);
  }

  private int extensionsLength() {
    int length = 0;
    for (int kind : extensions) {
      length += kind == ROUTING ? 24 : 16;
    }
    return length;
  }

  /** The frame as it is on the wire, with all lengths and checksums. */
  byte[] bytes() {
    return bytes(false);
  }

  private byte[] bytes(boolean cut) {
    byte[] frame = bytesWithoutTransportChecksum();
    int transport = transport();
    int checksum = ~sum(frame, transport, frame.length, pseudo(frame)) & 0xffff;
    // As the kernel has it: a zero only in segments that it cut itself, and never in UDP.
    putChecksum(frame, checksum == 0 && !(cut && protocol == TCP) ? 0xffff : checksum);
    return frame;
  }

  /** The frame with the pseudo header's sum where its transport checksum belongs. */
  public byte[] unfinished() {
    byte[] frame = bytesWithoutTransportChecksum();
    putChecksum(frame, fold(pseudo(frame)));
    return frame;
  }

  /** The frame with zeros where its transport checksum belongs. */
  byte[] bytesWithoutTransportChecksum() {
    byte[] frame = new byte[headers() + payload.length];
    ByteBuffer buffer = ByteBuffer.wrap(frame);
    buffer.put(new byte[] {-1, -1, -1, -1, -1, -1, 2, 0, 0, 0, 0, 7});
    for (int tag : tags) {
      buffer.putShort((short) 0x8100).putShort((short) tag);
    }
    if (ipv6) {
      putIpv6(buffer);
    } else {
      putIpv4(buffer, frame);
    }
    buffer.position(transport());
    buffer.putShort((short) source).putShort((short) 5000);
    if (protocol == TCP) {
      buffer.putInt(sequence).putInt(77).put((byte) ((20 + tcpOptions) / 4 << 4)).put((byte) flags);
      buffer.putShort((short) 512).putShort((short) 0).putShort((short) 3);
      for (int i = 0; i < tcpOptions; i++) {
        buffer.put((byte) 1);
      }
    } else {
      buffer.putShort((short) (8 + payload.length)).putShort((short) 0);
    }
    buffer.put(payload);
    return frame;
  }

  private void putIpv4(ByteBuffer buffer, byte[] frame) {
    int network = network();
    int length = frame.length - network;
    buffer.putShort((short) 0x0800);
    buffer.put((byte) (0x40 | (20 + ipOptions) / 4)).put((byte) 2).putShort((short) length);
    buffer.putShort((short) id).putShort((short) fragment).put((byte) 64).put((byte) protocol);
    buffer.putShort((short) 0).putInt(0x0a000001).putInt(0x0a0000ff);
    for (int i = 0; i < ipOptions; i++) {
      buffer.put((byte) 1);
    }
    int checksum = ~sum(frame, network, network + 20 + ipOptions, 0);
    buffer.putShort(network + 10, (short) checksum);
  }

  private void putIpv6(ByteBuffer buffer) {
    buffer.putShort((short) 0x86dd);
    buffer.putInt(0x60212345).putShort((short) (headers() - network() - 40 + payload.length));
    buffer.put((byte) (extensions.length > 0 ? extensions[0] : protocol)).put((byte) 64);
    buffer.putLong(0xfd00_0000_0000_0000L).putLong(0x0123_4567_89ab_cdefL);
    buffer.putLong(0xff02_0000_0000_0000L).putLong(1);
    for (int i = 0; i < extensions.length; i++) {
      buffer.put((byte) (i + 1 < extensions.length ? extensions[i + 1] : protocol));
      if (extensions[i] == ROUTING) {
        buffer.put((byte) 2).put((byte) 0).put((byte) segmentsLeft).putInt(0);
        buffer.putLong(0xfd11_0000_0000_0000L).putLong(0x9999);
      } else {
        buffer.put((byte) 1).put((byte) 1).put((byte) 12).put(new byte[12]);
      }
    }
  }

  /** Sum of the pseudo header, not folded. */
  private long pseudo(byte[] frame) {
    int network = network();
    long start = protocol + (frame.length - transport());
    if (!ipv6) {
      return sum(frame, network + 12, network + 20, start);
    }
    if (segmentsLeft == 0) {
      return sum(frame, network + 8, network + 40, start);
    }
    // The final destination stands at the end of the routing header, which is the last extension.
    long source = sum(frame, network + 8, network + 24, start);
    return sum(frame, transport() - 16, transport(), source);
  }

  private void putChecksum(byte[] frame, int checksum) {
    ByteBuffer.wrap(frame).putShort(transport() + checksumOffset(), (short) checksum);
  }

  /** Where the transport header has its checksum. */
  int checksumOffset() {
    return protocol == TCP ? 16 : 6;
  }

  /** One's complement sum, byte by byte. */
  static int sum(byte[] bytes, int from, int to, long start) {
    long sum = start;
    for (int i = from; i < to; i++) {
      sum += (bytes[i] & 0xff) << ((i - from) % 2 == 0 ? 8 : 0);
    }
    return fold(sum);
  }

  private static int fold(long sum) {
    long folded = sum;
    while (folded > 0xffff) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (int) folded;
  }
}
