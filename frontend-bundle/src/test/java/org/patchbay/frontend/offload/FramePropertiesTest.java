package org.patchbay.frontend.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.Vlan;
import org.patchbay.frontend.RingPort;

/** What becomes of single packets, byte for byte beside the frames that the reference makes. */
class FramePropertiesTest {

  private static final int NOTHING = 0;

  private final SoftwareOffload offload =
      new SoftwareOffload(0, 16, 16, RingPort.SCRATCH_START, 16, 512);
  private final Guest guest = new Guest(offload.scratch());
  private final RecordingQueue queue = new RecordingQueue();
  private final TxBatch batch = new TxBatch(16, 512);

  /** Sends the guest's packets until all are gone; answers how many were dropped. */
  private int transmit(int supported, boolean carriesVlan) {
    queue.sent.clear();
    offload.begin(supported, carriesVlan);
    int dropped = 0;
    while (!guest.ring.isEmpty()) {
      assertTrue(offload.treats(guest.peek(batch)));
      assertEquals(0, offload.offer(queue, guest, batch));
      assertTrue(offload.transmitted() > 0);
      dropped += offload.dropped();
      guest.ring.subList(0, offload.accepted()).clear();
    }
    guest.reuseMemory();
    return dropped;
  }

  @Property(tries = 2000)
  void checksumsAreThoseOfTheReference(
      @ForAll long seed,
      @ForAll boolean ipv6,
      @ForAll boolean tcp,
      @ForAll @IntRange(max = 3000) int payload) {
    Random random = new Random(seed);
    IpFrame frame = IpFrame.random(random, ipv6, tcp ? IpFrame.TCP : IpFrame.UDP, payload);
    byte[] written = frame.bytesWithoutTransportChecksum();
    if (!ipv6) {
      ByteBuffer.wrap(written).putShort(frame.network() + 10, (short) random.nextInt());
    }
    ByteBuffer.wrap(written)
        .putShort(frame.transport() + frame.checksumOffset(), (short) random.nextInt());
    guest.sendScattered(random, 1, frame.checksumFlags(), written, 0, Vlan.NONE, 20);
    assertEquals(0, transmit(NOTHING, true));
    RecordingQueue.assertFrames(List.of(frame.bytes()), queue.frames());
    assertEquals(0, queue.sent.getFirst().flags() & TxFlags.ANY_OFFLOAD);
  }

  @Property(tries = 1000)
  void segmentsAreThoseOfTheReference(
      @ForAll long seed,
      @ForAll boolean ipv6,
      @ForAll boolean tcp,
      @ForAll @IntRange(min = 1, max = 60_000) int payload,
      @ForAll @IntRange(min = 100, max = 9000) int size) {
    Random random = new Random(seed);
    IpFrame frame = IpFrame.random(random, ipv6, tcp ? IpFrame.TCP : IpFrame.UDP, payload);
    guest.sendScattered(
        random, 1, frame.segmentationFlags(), withoutLengths(frame), size, Vlan.NONE, 60);
    assertEquals(0, transmit(NOTHING, true));
    RecordingQueue.assertFrames(frame.segments(size), queue.frames());
    assertTrue(queue.sent.stream().allMatch(sent -> (sent.flags() & TxFlags.ANY_OFFLOAD) == 0));
  }

  /** As drivers leave it: no lengths, no sums. */
  private static byte[] withoutLengths(IpFrame frame) {
    byte[] written = frame.bytesWithoutTransportChecksum();
    ByteBuffer.wrap(written).putShort(frame.network() + (frame.ipv6 ? 4 : 2), (short) 0);
    if (frame.protocol == IpFrame.UDP) {
      ByteBuffer.wrap(written).putShort(frame.transport() + 4, (short) 0);
    }
    return written;
  }

  @Property(tries = 300)
  void whatTheEndpointDoesItselfIsLeftToIt(
      @ForAll long seed,
      @ForAll boolean ipv6,
      @ForAll boolean tcp,
      @ForAll @IntRange(min = 1000, max = 20_000) int payload) {
    Random random = new Random(seed);
    IpFrame frame = IpFrame.random(random, ipv6, tcp ? IpFrame.TCP : IpFrame.UDP, payload);
    guest.sendScattered(
        random, 1, frame.segmentationFlags(), withoutLengths(frame), 700, Vlan.NONE, 10);
    int supported = new TxOffloadSupport(true, true, true, false, false).flags();
    assertEquals(0, transmit(supported, true));
    List<byte[]> expected = frame.segments(700);
    assertEquals(expected.size(), queue.sent.size());
    for (int i = 0; i < expected.size(); i++) {
      // The endpoint's part, done here.
      byte[] finished = queue.sent.get(i).frame().clone();
      finish(frame, finished);
      RecordingQueue.assertFrames(List.of(expected.get(i)), List.of(finished));
    }
    if (payload > 700) {
      int checksum = tcp ? TxFlags.OFFLOAD_TCP_CHECKSUM : TxFlags.OFFLOAD_UDP_CHECKSUM;
      assertEquals(checksum | (ipv6 ? TxFlags.IPV6 : TxFlags.IPV4), queue.sent.getLast().flags());
      assertEquals(frame.network(), queue.last.l2Length(0));
      assertEquals(frame.transport() - frame.network(), queue.last.l3Length(0));
      assertEquals(frame.headers() - frame.transport(), queue.last.l4Length(0));
      assertEquals(frame.transport(), queue.last.transportHeaderOffset(0));
      assertEquals(0, queue.last.maxSegmentSize(0));
    }
  }

  /** What a device does that was given the pseudo header's sum. */
  private static void finish(IpFrame frame, byte[] bytes) {
    int checksum = ~IpFrame.sum(bytes, frame.transport(), bytes.length, 0) & 0xffff;
    int value = checksum == 0 && frame.protocol == IpFrame.UDP ? 0xffff : checksum;
    ByteBuffer.wrap(bytes).putShort(frame.transport() + frame.checksumOffset(), (short) value);
  }

  @Property(tries = 500)
  void aTagIsInsertedWhereTheEndpointTakesNone(
      @ForAll long seed,
      @ForAll boolean ipv6,
      @ForAll boolean segments,
      @ForAll boolean capable,
      @ForAll @IntRange(min = 1, max = 5000) int payload,
      @ForAll @IntRange(max = 0xffff) int vlan) {
    Random random = new Random(seed);
    IpFrame frame = IpFrame.random(random, ipv6, IpFrame.TCP, payload);
    frame.tags = new int[0];
    int flags = segments ? frame.segmentationFlags() : frame.checksumFlags();
    guest.sendScattered(random, 1, flags, frame.unfinished(), 600, vlan, 10);
    assertEquals(0, transmit(capable ? TxOffloadSupport.ALL.flags() : NOTHING, false));
    IpFrame tagged = frame.clone();
    tagged.tags = new int[] {vlan};
    if (capable) {
      RecordingQueue.assertFrames(List.of(tagged.unfinished()), queue.frames());
      assertEquals(flags, queue.sent.getFirst().flags());
      assertEquals(99 + 4, queue.last.l2Length(0));
      assertEquals(9999 + 4, queue.last.transportHeaderOffset(0));
      assertEquals(600, queue.last.maxSegmentSize(0));
    } else {
      RecordingQueue.assertFrames(
          segments ? tagged.segments(600) : List.of(tagged.bytes()), queue.frames());
    }
    assertEquals(Vlan.NONE, queue.sent.getFirst().vlan());
  }

  @Property(tries = 200)
  void aTagGoesWithEverySegmentWhereTheEndpointTakesIt(
      @ForAll long seed, @ForAll @IntRange(max = 0xffff) int vlan) {
    Random random = new Random(seed);
    IpFrame frame = IpFrame.random(random, false, IpFrame.TCP, 5000);
    guest.sendScattered(random, 1, frame.segmentationFlags(), frame.unfinished(), 600, vlan, 10);
    assertEquals(0, transmit(NOTHING, true));
    RecordingQueue.assertFrames(frame.segments(600), queue.frames());
    for (RecordingQueue.Sent sent : queue.sent) {
      assertEquals(vlan, sent.vlan());
    }
  }

  @Property(tries = 300)
  void aSumBehindARoutingHeaderIsTheGuests(
      @ForAll long seed,
      @ForAll boolean tcp,
      @ForAll @IntRange(min = 1, max = 9000) int payload,
      @ForAll boolean segments) {
    Random random = new Random(seed);
    IpFrame frame = IpFrame.random(random, true, tcp ? IpFrame.TCP : IpFrame.UDP, payload);
    frame.extensions = new int[] {IpFrame.DESTINATION_OPTIONS, IpFrame.ROUTING};
    frame.segmentsLeft = 1;
    int flags = segments ? frame.segmentationFlags() : frame.checksumFlags();
    guest.sendScattered(random, 1, flags, frame.unfinished(), 800, Vlan.NONE, 10);
    assertEquals(0, transmit(NOTHING, true));
    RecordingQueue.assertFrames(
        segments ? frame.segments(800) : List.of(frame.bytes()), queue.frames());
  }

  @Property(tries = 3000)
  void aDamagedPacketDoesNoHarm(@ForAll long seed, @ForAll boolean ipv6, @ForAll boolean tcp) {
    Random random = new Random(seed);
    IpFrame good = IpFrame.random(random, ipv6, tcp ? IpFrame.TCP : IpFrame.UDP, 900);
    IpFrame frame = IpFrame.random(random, ipv6, tcp ? IpFrame.TCP : IpFrame.UDP, 2000);
    byte[] damaged = frame.unfinished();
    for (int i = random.nextInt(4); i >= 0; i--) {
      damaged[12 + random.nextInt(frame.headers() - 12)] = (byte) random.nextInt();
    }
    if (random.nextInt(3) == 0) {
      damaged = Arrays.copyOf(damaged, 1 + random.nextInt(frame.headers()));
    }
    int flags = random.nextInt(0x80) | TxFlags.OFFLOAD_TCP_CHECKSUM;
    guest.sendScattered(random, 1, good.checksumFlags(), good.unfinished(), 0, Vlan.NONE, 5);
    guest.sendScattered(
        random, 2, flags, damaged, random.nextInt(3) * 100, random.nextInt(2) * 9 - 1, 5);
    guest.sendScattered(random, 3, good.checksumFlags(), good.unfinished(), 0, Vlan.NONE, 5);
    int dropped = transmit(NOTHING, random.nextBoolean());
    assertTrue(dropped <= 1);
    assertTrue(queue.sent.size() >= 2);
    RecordingQueue.assertFrames(
        List.of(good.bytes(), good.bytes()),
        List.of(queue.sent.getFirst().frame(), queue.sent.getLast().frame()));
    assertEquals(0, offload.inFlight());
  }

  @Example
  void aPayloadOverTheBorderOfRegions() {
    IpFrame frame = IpFrame.random(new Random(5), false, IpFrame.TCP, 4000);
    for (int before : new int[] {20, 55, 601, 2001}) {
      guest.goToBorder(before);
      guest.send(1, frame.segmentationFlags(), frame.unfinished(), 1000);
      assertEquals(0, transmit(NOTHING, true));
      RecordingQueue.assertFrames(frame.segments(1000), queue.frames());
    }
  }

  @Example
  void aUdpChecksumIsNeverZero() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      IpFrame frame = IpFrame.random(new Random(6), ipv6, IpFrame.UDP, 2);
      frame.payload = new byte[2];
      byte[] bytes = frame.bytes();
      int at = frame.transport() + 6;
      // What makes the sum all ones: the checksum itself as the payload.
      frame.payload = new byte[] {bytes[at], bytes[at + 1]};
      assertEquals(-1, frame.bytes()[at]);
      guest.send(1, frame.checksumFlags(), frame.bytesWithoutTransportChecksum(), 0);
      assertEquals(0, transmit(NOTHING, true));
      RecordingQueue.assertFrames(List.of(frame.bytes()), queue.frames());
    }
  }

  @Example
  void paddingIsNotInTheSum() {
    IpFrame frame = IpFrame.random(new Random(7), false, IpFrame.UDP, 3);
    frame.tags = new int[0];
    frame.ipOptions = 0;
    byte[] padded = Arrays.copyOf(frame.bytesWithoutTransportChecksum(), 60);
    Arrays.fill(padded, frame.headers() + 3, 60, (byte) 0x77);
    guest.send(1, frame.checksumFlags(), padded, 0);
    assertEquals(0, transmit(NOTHING, true));
    byte[] expected = Arrays.copyOf(padded, 60);
    System.arraycopy(frame.bytes(), 0, expected, 0, frame.headers() + 3);
    RecordingQueue.assertFrames(List.of(expected), queue.frames());
  }

  @Example
  void aPacketOfTooManyPiecesIsDroppedOnlyIfItCannotBeSent() {
    IpFrame frame = IpFrame.random(new Random(8), false, IpFrame.TCP, 4000);
    byte[] bytes = frame.unfinished();
    int[] lengths = new int[255];
    Arrays.fill(lengths, 3);
    lengths[0] = frame.headers();
    lengths[254] = bytes.length - lengths[0] - 253 * 3;
    guest.send(1, frame.checksumFlags(), bytes, 0, Vlan.NONE, lengths);
    assertEquals(0, transmit(NOTHING, true));
    RecordingQueue.assertFrames(List.of(frame.bytes()), queue.frames());
    assertEquals(255, queue.sent.getFirst().segments());

    lengths[0]++;
    lengths[254]--;
    guest.send(1, frame.checksumFlags(), bytes, 0, Vlan.NONE, lengths);
    assertEquals(1, transmit(NOTHING, true));
    assertEquals(0, queue.sent.size());
  }
}
