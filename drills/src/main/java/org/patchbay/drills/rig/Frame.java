package org.patchbay.drills.rig;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalInt;

/** A captured Ethernet frame: when it was seen, and its first bytes. Immutable. */
public final class Frame {
  private static final int ETHERNET_HEADER = 14;
  private static final int TYPE_IPV4 = 0x0800;
  private static final int PROTOCOL_ICMP = 1;
  private static final int ECHO_REQUEST = 8;
  private static final int ECHO_REPLY = 0;

  private final long nanos;
  private final int length;
  private final byte[] bytes;

  /**
   * Made by the reader of a capture.
   *
   * @param nanos time in nanoseconds since 1970
   * @param length the frame's whole length in bytes
   * @param bytes its first bytes, not copied
   */
  Frame(long nanos, int length, byte[] bytes) {
    this.nanos = nanos;
    this.length = length;
    this.bytes = bytes;
  }

  /** When it was seen, in nanoseconds since 1970. */
  public long nanos() {
    return nanos;
  }

  /** Whether an interface of this MAC address, such as {@code 02:00:00:00:00:01}, sent it. */
  public boolean isFrom(String address) {
    byte[] wanted = HexFormat.ofDelimiter(":").parseHex(address);
    return bytes.length >= 12 && Arrays.equals(bytes, 6, 12, wanted, 0, 6);
  }

  /** What makes two sightings the same frame: its length and all the bytes that were kept. */
  Object identity() {
    return new Identity(length, ByteBuffer.wrap(bytes));
  }

  private record Identity(int length, ByteBuffer bytes) {}

  /** The sequence number if it is an ICMP echo request. */
  public OptionalInt echoRequest() {
    return echo(ECHO_REQUEST);
  }

  /** The sequence number if it is an ICMP echo reply. */
  public OptionalInt echoReply() {
    return echo(ECHO_REPLY);
  }

  private OptionalInt echo(int type) {
    if (bytes.length < ETHERNET_HEADER + 20 || unsigned16(12) != TYPE_IPV4) {
      return OptionalInt.empty();
    }
    int icmp = ETHERNET_HEADER + (bytes[ETHERNET_HEADER] & 0xf) * 4;
    if (bytes[ETHERNET_HEADER + 9] != PROTOCOL_ICMP
        || bytes.length < icmp + 8
        || (bytes[icmp] & 0xff) != type) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(unsigned16(icmp + 6));
  }

  private int unsigned16(int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }
}
