package org.patchbay.vhostuser.peer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.patchbay.vhostuser.protocol.RegionDescription;

/** Payloads of requests, as they are on the wire. */
public final class Payloads {

  /** Flag of a kick, call or error message that comes without a descriptor. */
  public static final long NO_DESCRIPTOR = 0x100;

  private Payloads() {}

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** No payload. */
  public static byte[] none() {
    return new byte[0];
  }

  /** One 64-bit number. */
  public static byte[] number(long value) {
    return buffer(8).putLong(value).array();
  }

  /** A ring's index and a number. */
  public static byte[] vring(int index, int number) {
    return buffer(8).putInt(index).putInt(number).array();
  }

  /** A ring's areas, in the front-end's addresses. */
  public static byte[] addresses(int index, long descriptor, long driver, long device) {
    return buffer(40)
        .putInt(index)
        .putInt(0)
        .putLong(descriptor)
        .putLong(device)
        .putLong(driver)
        .putLong(0)
        .array();
  }

  /** The table of SET_MEM_TABLE. */
  public static byte[] table(List<RegionDescription> regions) {
    ByteBuffer table = buffer(8 + 32 * regions.size()).putInt(regions.size()).putInt(0);
    regions.forEach(region -> put(table, region));
    return table.array();
  }

  /** The region of ADD_MEM_REG and REM_MEM_REG. */
  public static byte[] region(RegionDescription region) {
    ByteBuffer buffer = buffer(40).putLong(0);
    put(buffer, region);
    return buffer.array();
  }

  private static void put(ByteBuffer buffer, RegionDescription region) {
    buffer
        .putLong(region.guestAddress())
        .putLong(region.size())
        .putLong(region.userAddress())
        .putLong(region.fileOffset());
  }

  /** The number that an answer holds. */
  public static long asNumber(byte[] payload) {
    return numberAt(payload, 0);
  }

  /** The 64-bit number at a byte of a payload. */
  public static long numberAt(byte[] payload, int offset) {
    return ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
  }
}
