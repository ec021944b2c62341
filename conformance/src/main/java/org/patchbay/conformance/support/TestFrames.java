package org.patchbay.conformance.support;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.patchbay.api.Ethernet;
import org.patchbay.api.Vlan;

/**
 * Ethernet frames with a sequence number, whose every byte can be checked:
 *
 * <pre>
 *   0            6         12        14       18         22
 *   destination  source    EtherType magic    sequence   pattern made of the sequence number …
 * </pre>
 *
 * The EtherType is the first of those that IEEE 802 keeps for local experiments, so no protocol
 * stack answers them.
 */
public final class TestFrames {

  /** Length of the shortest frame, in bytes. */
  public static final int MIN_LENGTH = 22;

  /** Length of the shortest Ethernet frame without its check sequence, in bytes. */
  public static final int ETHERNET_MIN_LENGTH = 60;

  private static final long DESTINATION = 0x02_00_00_00_00_01L;
  private static final long SOURCE = 0x02_00_00_00_00_02L;
  private static final short ETHER_TYPE = (short) 0x88b5;
  private static final int MAGIC = 0x50424359;
  private static final byte POISON = (byte) 0xee;
  private static final int TAG_OFFSET = 12;
  private static final int TAG_LENGTH = 4;

  private TestFrames() {}

  /**
   * A frame.
   *
   * @param sequence its number, not negative
   * @param length its length in bytes, at least {@link #MIN_LENGTH}
   */
  public static byte[] frame(int sequence, int length) {
    ByteBuffer frame = ByteBuffer.allocate(length);
    frame.putShort((short) (DESTINATION >>> 32)).putInt((int) DESTINATION);
    frame.putShort((short) (SOURCE >>> 32)).putInt((int) SOURCE);
    frame.putShort(ETHER_TYPE).putInt(MAGIC).putInt(sequence);
    for (int i = MIN_LENGTH; i < length; i++) {
      frame.put((byte) (sequence * 31 + i));
    }
    return frame.array();
  }

  /** The number of a frame, or -1 if it is not one of ours, such as a host's own traffic. */
  public static int sequence(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    return frame.length >= MIN_LENGTH
            && bytes.getShort(TAG_OFFSET) == ETHER_TYPE
            && bytes.getInt(Ethernet.HEADER_LENGTH) == MAGIC
        ? bytes.getInt(Ethernet.HEADER_LENGTH + Integer.BYTES)
        : -1;
  }

  /** Bytes that no frame has: what the guest puts where a packet was when it came back. */
  static byte[] poison(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, POISON);
    return bytes;
  }

  /** Whether a frame was read from memory whose packet had come back already. */
  public static boolean isPoison(byte[] frame) {
    for (byte value : frame) {
      if (value != POISON) {
        return false;
      }
    }
    return frame.length > 0;
  }

  /** The VLAN tag in a frame, or {@link Vlan#NONE}. */
  public static int tag(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    return frame.length >= Ethernet.VLAN_HEADER_LENGTH
            && (bytes.getShort(TAG_OFFSET) & 0xffff) == Vlan.ETHER_TYPE
        ? bytes.getShort(TAG_OFFSET + 2) & 0xffff
        : Vlan.NONE;
  }

  /** A frame without its VLAN tag; the same frame if it has none. */
  public static byte[] withoutTag(byte[] frame) {
    if (!Vlan.isPresent(tag(frame))) {
      return frame;
    }
    byte[] plain = new byte[frame.length - TAG_LENGTH];
    System.arraycopy(frame, 0, plain, 0, TAG_OFFSET);
    System.arraycopy(frame, TAG_OFFSET + TAG_LENGTH, plain, TAG_OFFSET, plain.length - TAG_OFFSET);
    return plain;
  }
}
