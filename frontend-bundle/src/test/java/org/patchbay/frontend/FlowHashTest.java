package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowHashTest {

  private static final byte TCP = 6;
  private static final byte UDP = 17;
  private static final byte ICMP = 1;

  /** A frame whose address, ports and tags tests vary. */
  private static final class Frame {
    long sourceMac = 0x020000000001L;
    long targetMac = 0x020000000002L;
    int tags;
    boolean ipv6;
    byte protocol = TCP;
    int source = 0x0a000001;
    int target = 0x0a000002;
    int sourcePort = 40_000;
    int targetPort = 443;
    int fragment;
    int optionWords;

    byte[] bytes() {
      ByteBuffer bytes = ByteBuffer.allocate(128);
      bytes.putShort((short) (targetMac >>> 32)).putInt((int) targetMac);
      bytes.putShort((short) (sourceMac >>> 32)).putInt((int) sourceMac);
      for (int i = 0; i < tags; i++) {
        bytes.putShort((short) (i == 0 && tags == 2 ? 0x88a8 : 0x8100)).putShort((short) (100 + i));
      }
      if (ipv6) {
        bytes.putShort((short) 0x86dd).putInt(0x60000000).putShort((short) 20).put(protocol);
        bytes.put((byte) 64).putLong(0xfe80L << 48).putLong(source);
        bytes.putLong(0xfe80L << 48).putLong(target);
      } else {
        bytes.putShort((short) 0x0800).put((byte) (0x45 + optionWords)).put((byte) 0);
        bytes.putShort((short) 100).putShort((short) 7).putShort((short) fragment);
        bytes.put((byte) 64).put(protocol).putShort((short) 0).putInt(source).putInt(target);
        bytes.put(new byte[optionWords * 4]);
      }
      bytes.putShort((short) sourcePort).putShort((short) targetPort);
      return bytes.array();
    }

    int hash() {
      return FlowHash.of(bytes(), FlowHash.HEADER_BYTES);
    }

    Frame turned() {
      Frame other = new Frame();
      other.sourceMac = targetMac;
      other.targetMac = sourceMac;
      other.tags = tags;
      other.ipv6 = ipv6;
      other.protocol = protocol;
      other.source = target;
      other.target = source;
      other.sourcePort = targetPort;
      other.targetPort = sourcePort;
      other.optionWords = optionWords;
      return other;
    }
  }

  @Test
  void bothDirectionsHashAlikeAndTagsDontMatter() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      for (byte protocol : new byte[] {TCP, UDP, ICMP}) {
        Frame frame = new Frame();
        frame.ipv6 = ipv6;
        frame.protocol = protocol;
        int hash = frame.hash();
        assertEquals(hash, frame.turned().hash());
        for (int tags = 1; tags <= 2; tags++) {
          frame.tags = tags;
          assertEquals(hash, frame.hash());
          assertEquals(hash, frame.turned().hash());
        }
      }
    }
  }

  @Test
  void portsCountForTcpAndUdpOnlyAndNotInFragments() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      Frame frame = new Frame();
      frame.ipv6 = ipv6;
      int hash = frame.hash();
      frame.sourcePort++;
      assertNotEquals(hash, frame.hash());
      frame.protocol = ICMP;
      int icmp = frame.hash();
      frame.sourcePort++;
      assertEquals(icmp, frame.hash());
    }
    Frame first = new Frame();
    first.fragment = 0x2000; // more fragments
    Frame later = new Frame();
    later.fragment = 0x0100;
    later.sourcePort = 1; // payload, not a port
    assertEquals(first.hash(), later.hash());
  }

  @Test
  void portsBehindIpv4OptionsAreFound() {
    Frame frame = new Frame();
    int plain = frame.hash();
    frame.optionWords = 2;
    assertEquals(plain, frame.hash());
    assertEquals(plain, frame.turned().hash());
  }

  @Test
  void otherFramesHashByMacAddresses() {
    Frame frame = new Frame();
    byte[] bytes = frame.bytes();
    bytes[12] = 0x08;
    bytes[13] = 0x06; // ARP
    int hash = FlowHash.of(bytes, FlowHash.HEADER_BYTES);
    bytes[40] ^= 1;
    assertEquals(hash, FlowHash.of(bytes, FlowHash.HEADER_BYTES));
    bytes[6] ^= 1;
    assertNotEquals(hash, FlowHash.of(bytes, FlowHash.HEADER_BYTES));
  }

  @Test
  void flowsSpreadEvenly() {
    int[] counts = new int[4];
    Frame frame = new Frame();
    for (int i = 0; i < 4_000; i++) {
      frame.sourcePort = 30_000 + i;
      counts[Math.floorMod(frame.hash(), counts.length)]++;
    }
    for (int count : counts) {
      assertTrue(count > 800 && count < 1200, "of 1000 expected: " + count);
    }
  }

  @Test
  void anyBytesOfAnyLengthAreHashed() {
    Random random = new Random(11);
    byte[] bytes = new byte[FlowHash.HEADER_BYTES];
    int[] types = {0x0800, 0x86dd, 0x8100, 0x88a8};
    for (int round = 0; round < 200_000; round++) {
      random.nextBytes(bytes);
      int type = types[random.nextInt(types.length)];
      bytes[12] = (byte) (type >>> 8);
      bytes[13] = (byte) type;
      if (random.nextBoolean()) {
        bytes[14] = (byte) (type == 0x0800 ? 0x40 | random.nextInt(16) : 0x60);
      }
      int length = random.nextInt(bytes.length + 1);
      int hash = FlowHash.of(bytes, length);
      // What lies behind the length has no part in it.
      for (int i = length; i < bytes.length; i++) {
        bytes[i] ^= 0x55;
      }
      assertEquals(hash, FlowHash.of(bytes, length));
    }
  }
}
