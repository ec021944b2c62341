package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.ChecksumState;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.Vlan;

/** What virtio-net headers ask for, and what they tell. */
class OffloadTest {

  private static final long ALL =
      RingRig.COMMON
          | 1L << Features.CSUM
          | 1L << Features.GUEST_CSUM
          | 1L << Features.HOST_TSO4
          | 1L << Features.HOST_TSO6
          | 1L << Features.HOST_USO;

  /** Builds frames from a string of words: {@code tag}, {@code v4}, {@code v6}, {@code tcp}, ... */
  private static byte[] frame(int payload, String... parts) {
    List<byte[]> headers = new ArrayList<>();
    headers.add(new byte[12]);
    for (String part : parts) {
      headers.add(
          switch (part) {
            case "tag" -> new byte[] {(byte) 0x81, 0, 0, 5};
            case "v4" -> ipv4(5, 0);
            case "v4 options" -> ipv4(7, 0);
            case "v4 fragment" -> ipv4(5, 0x2000);
            case "v6" -> ipv6(false);
            case "v6 extension" -> ipv6(true);
            case "tcp" -> tcp(5);
            case "tcp options" -> tcp(8);
            case "udp" -> new byte[8];
            case "arp" -> new byte[] {8, 6};
            default -> throw new IllegalArgumentException(part);
          });
    }
    headers.add(new byte[payload]);
    ByteBuffer all = ByteBuffer.allocate(headers.stream().mapToInt(part -> part.length).sum());
    headers.forEach(all::put);
    byte[] frame = all.array();
    boolean udp = List.of(parts).contains("udp");
    for (int i = 12; i < Math.min(30, frame.length - 10); i++) {
      if (frame[i] == 0x45 || frame[i] == 0x47) {
        frame[i + 9] = (byte) (udp ? 17 : 6);
        break;
      }
      if (frame[i] == 0x60) {
        int next = frame[i + 6] == 0 ? i + 40 : i + 6;
        frame[next] = (byte) (udp ? 17 : 6);
        break;
      }
    }
    return frame;
  }

  private static byte[] ipv4(int words, int fragment) {
    byte[] header = new byte[2 + words * 4];
    header[0] = 8;
    header[2] = (byte) (0x40 | words);
    header[8] = (byte) (fragment >>> 8);
    return header;
  }

  private static byte[] ipv6(boolean extension) {
    byte[] header = new byte[2 + 40 + (extension ? 16 : 0)];
    header[0] = (byte) 0x86;
    header[1] = (byte) 0xdd;
    header[2] = 0x60;
    header[8] = (byte) (extension ? 0 : 0xff);
    if (extension) {
      header[2 + 40 + 1] = 1;
    }
    return header;
  }

  private static byte[] tcp(int words) {
    byte[] header = new byte[words * 4];
    header[12] = (byte) (words << 4);
    return header;
  }

  record Asked(
      String what,
      byte[] frame,
      GuestDriver.Header header,
      int flags,
      int l2,
      int l3,
      int l4,
      int size) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static GuestDriver.Header asks(int gso, int size, int start, int offset) {
    return new GuestDriver.Header(1, gso, 9999, size, start, offset);
  }

  static Stream<Asked> requests() {
    int tcp4 = TxFlags.IPV4 | TxFlags.OFFLOAD_TCP_CHECKSUM;
    int udp4 = TxFlags.IPV4 | TxFlags.OFFLOAD_UDP_CHECKSUM;
    int tcp6 = TxFlags.IPV6 | TxFlags.OFFLOAD_TCP_CHECKSUM;
    int udp6 = TxFlags.IPV6 | TxFlags.OFFLOAD_UDP_CHECKSUM;
    int tso = TxFlags.OFFLOAD_TCP_SEGMENTATION;
    int uso = TxFlags.OFFLOAD_UDP_SEGMENTATION;
    return Stream.of(
        new Asked("tcp4", frame(50, "v4", "tcp"), asks(0, 0, 34, 16), tcp4, 14, 20, 20, 0),
        new Asked("udp4", frame(50, "v4", "udp"), asks(0, 0, 34, 6), udp4, 14, 20, 8, 0),
        new Asked(
            "tcp4 with options and a tag",
            frame(50, "tag", "v4 options", "tcp options"),
            asks(0, 0, 46, 16),
            tcp4,
            18,
            28,
            32,
            0),
        new Asked("tcp6", frame(0, "v6", "tcp"), asks(0, 0, 54, 16), tcp6, 14, 40, 20, 0),
        new Asked(
            "udp6 behind an extension",
            frame(9, "v6 extension", "udp"),
            asks(0, 0, 70, 6),
            udp6,
            14,
            56,
            8,
            0),
        new Asked(
            "tso4", frame(1400, "v4", "tcp"), asks(1, 500, 34, 16), tcp4 | tso, 14, 20, 20, 500),
        new Asked(
            "tso6", frame(1400, "v6", "tcp"), asks(4, 500, 54, 16), tcp6 | tso, 14, 40, 20, 500),
        new Asked(
            "uso4", frame(1400, "v4", "udp"), asks(5, 500, 34, 6), udp4 | uso, 14, 20, 8, 500),
        new Asked(
            "uso6", frame(1400, "v6", "udp"), asks(5, 500, 54, 6), udp6 | uso, 14, 40, 8, 500));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void requestsReachTheBackend(Asked asked) {
    for (ChainShape shape : ChainShape.values()) {
      try (RingRig rig = new RingRig(ALL, 64)) {
        assertTrue(rig.driver.send(asked.frame(), asked.header(), shape, false));
        rig.driver.transmitRing().publish();
        TxBatch batch = rig.peek();
        assertEquals(1, batch.packetCount());
        assertTrue(batch.isWellFormed(0));
        assertEquals(asked.frame().length, batch.length(0));
        assertEquals(asked.flags(), batch.flags(0));
        assertEquals(asked.l2(), batch.l2Length(0));
        assertEquals(asked.l3(), batch.l3Length(0));
        assertEquals(asked.l4(), batch.l4Length(0));
        assertEquals(asked.l2() + asked.l3(), batch.transportHeaderOffset(0));
        assertEquals(asked.size(), batch.maxSegmentSize(0));
      }
    }
  }

  record Refused(String what, long features, byte[] frame, GuestDriver.Header header, Cause cause) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Refused> refusals() {
    byte[] tcp = frame(1400, "v4", "tcp");
    byte[] udp = frame(1400, "v4", "udp");
    byte[] broken = frame(50, "v4", "tcp");
    broken[14] = 0x44;
    byte[] shortTcp = frame(50, "v4", "tcp");
    shortTcp[34 + 12] = 0x40;
    byte[] longTcp = frame(0, "v4", "tcp");
    longTcp[34 + 12] = (byte) 0xf0;
    Cause no = Cause.NOT_NEGOTIATED;
    Cause mismatch = Cause.OFFLOAD_MISMATCH;
    long checksumOnly = RingRig.COMMON | 1L << Features.CSUM;
    return Stream.of(
        new Refused("tso4 not offered", checksumOnly, tcp, asks(1, 500, 34, 16), no),
        new Refused("uso not offered", checksumOnly, udp, asks(5, 500, 34, 6), no),
        new Refused("ecn", ALL, tcp, asks(0x81, 500, 34, 16), no),
        new Refused("unknown type", ALL, tcp, asks(3, 500, 34, 16), no),
        new Refused("tso6 of IPv4", ALL, tcp, asks(4, 500, 34, 16), mismatch),
        new Refused("tso of udp", ALL, udp, asks(1, 500, 34, 6), mismatch),
        new Refused("uso of tcp", ALL, tcp, asks(5, 500, 34, 16), mismatch),
        new Refused("segments of nothing", ALL, tcp, asks(1, 0, 34, 16), mismatch),
        new Refused(
            "segments without checksum",
            ALL,
            tcp,
            new GuestDriver.Header(0, 1, 54, 500, 34, 16),
            mismatch),
        new Refused("no payload", ALL, frame(0, "v4", "tcp"), asks(1, 9, 34, 16), mismatch),
        new Refused("start elsewhere", ALL, tcp, asks(0, 0, 35, 16), mismatch),
        new Refused("start past the end", ALL, tcp, asks(0, 0, 65535, 16), mismatch),
        new Refused("offset elsewhere", ALL, tcp, asks(0, 0, 34, 6), mismatch),
        new Refused("arp", ALL, frame(50, "arp"), asks(0, 0, 34, 16), mismatch),
        new Refused("fragment", ALL, frame(50, "v4 fragment", "tcp"), asks(0, 0, 34, 16), mismatch),
        new Refused("short IPv4", ALL, broken, asks(0, 0, 34, 16), Cause.HEADERS_BROKEN),
        new Refused("short TCP", ALL, shortTcp, asks(0, 0, 34, 16), Cause.HEADERS_BROKEN),
        new Refused("TCP past the end", ALL, longTcp, asks(0, 0, 34, 16), Cause.HEADERS_BROKEN),
        new Refused("no more than Ethernet", ALL, frame(0, "arp"), asks(0, 0, 34, 16), mismatch),
        new Refused(
            "three tags",
            ALL,
            frame(50, "tag", "tag", "tag", "v4", "tcp"),
            asks(0, 0, 46, 16),
            Cause.HEADERS_BROKEN));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void impossibleRequestsDropThePacketAlone(Refused refused) {
    try (RingRig rig = new RingRig(refused.features(), 64)) {
      byte[] good = frame(50, "v4", "tcp");
      for (ChainShape shape : ChainShape.values()) {
        assertTrue(rig.driver.send(good, GuestDriver.Header.NONE, shape, false));
        assertTrue(rig.driver.send(refused.frame(), refused.header(), shape, false));
        assertTrue(rig.driver.send(good, GuestDriver.Header.NONE, shape, false));
      }
      rig.driver.transmitRing().publish();
      int shown = 0;
      for (int i = 0; i < 20; i++) {
        int count = rig.peek().packetCount();
        shown += count;
        rig.acceptAndComplete(count);
        rig.pair.flush();
      }
      int shapes = ChainShape.values().length;
      assertEquals(2 * shapes, shown);
      assertEquals(3 * shapes, rig.driver.reclaim());
      assertEquals(shapes, rig.dropped(true, refused.cause()));
    }
  }

  @ParameterizedTest
  @EnumSource(ChainShape.class)
  void metadataReachesTheGuest(ChainShape shape) {
    try (RingRig rig = new RingRig(ALL, 64)) {
      rig.driver.postReceive(4, 500, shape, false);
      rig.driver.receiveRing().publish();
      rig.postAll();
      byte[] plain = frame(100, "v4", "tcp");
      RxMetadata metadata = new RxMetadata().set(0, plain.length);
      metadata.l4Checksum(ChecksumState.GOOD);
      assertEquals(BufferAccess.WRITTEN, rig.receive(plain, metadata));
      GuestDriver.Received valid = rig.driver.receive();
      assertNotNull(valid);
      assertEquals(NetHeader.DATA_VALID, valid.flags());
      assertArrayEquals(plain, valid.frame());

      byte[] shifted = new byte[plain.length + 7];
      System.arraycopy(plain, 0, shifted, 7, plain.length);
      assertEquals(
          BufferAccess.WRITTEN, rig.receive(shifted, new RxMetadata().set(7, plain.length)));
      GuestDriver.Received moved = rig.driver.receive();
      assertNotNull(moved);
      assertEquals(0, moved.flags());
      assertArrayEquals(plain, moved.frame());

      metadata.set(0, plain.length).vlan(Vlan.of(0, false, 5));
      assertEquals(BufferAccess.WRITTEN, rig.receive(plain, metadata));
      GuestDriver.Received tagged = rig.driver.receive();
      assertNotNull(tagged);
      assertArrayEquals(frame(100, "tag", "v4", "tcp"), tagged.frame());
    }
  }

  @Test
  void aFrameLongerThanTheBufferIsRefused() {
    try (RingRig rig = new RingRig(ALL, 64)) {
      rig.driver.postReceive(2, 112, ChainShape.WHOLE, false);
      rig.driver.receiveRing().publish();
      rig.postAll();
      byte[] frame = new byte[101];
      assertEquals(BufferAccess.TOO_LONG, rig.receive(frame, new RxMetadata().set(0, 101)));
      int id = rig.posted.element();
      assertEquals(100, rig.access.capacity(id));
      RxMetadata past = new RxMetadata().set(50, 51);
      assertEquals(BufferAccess.TOO_LONG, rig.access.writeMetadata(id, past));
      RxMetadata tagPast = new RxMetadata().set(0, 98).vlan(5);
      assertEquals(BufferAccess.TOO_LONG, rig.access.writeMetadata(id, tagPast));
      assertEquals(BufferAccess.NOT_POSTED, rig.access.capacity(700));
      assertEquals(BufferAccess.NOT_POSTED, rig.access.capacity(-1));
      assertEquals(3, rig.refused);
    }
  }
}
