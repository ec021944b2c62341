package org.patchbay.drills.rig;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Frames for tests. */
final class Frames {
  static final String HOST = "02:00:00:00:00:01";
  static final String SERVER = "02:00:00:00:00:02";

  private Frames() {}

  /** An ICMP echo in an IPv4 packet with options, so that header lengths matter. */
  static Frame echo(long nanos, String from, int type, int sequence) {
    ByteBuffer bytes = ByteBuffer.allocate(60);
    bytes.put(mac(from.equals(HOST) ? SERVER : HOST)).put(mac(from)).putShort((short) 0x0800);
    bytes.put((byte) 0x46).put(14 + 9, (byte) 1);
    bytes.put(14 + 24, (byte) type).putShort(14 + 24 + 6, (short) sequence);
    return new Frame(nanos, 98, bytes.array());
  }

  /** A frame of another protocol, told from others by a number. */
  static Frame other(long nanos, String from, int number) {
    ByteBuffer bytes = ByteBuffer.allocate(60);
    bytes.put(mac(SERVER)).put(mac(from)).putShort((short) 0x88b5).putInt(number);
    return new Frame(nanos, 60, bytes.array());
  }

  private static byte[] mac(String address) {
    return HexFormat.ofDelimiter(":").parseHex(address);
  }
}
