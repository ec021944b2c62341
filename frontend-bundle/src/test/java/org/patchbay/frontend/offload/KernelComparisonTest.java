package org.patchbay.frontend.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;
import org.patchbay.frontend.RingPort;
import org.patchbay.linux.Requirements;

/**
 * The same frame through the kernel, as a TAP with its offloads would send it, and through the
 * stage for an endpoint without any: what comes out is the same, byte for byte.
 */
@Timeout(60)
class KernelComparisonTest {

  private final SoftwareOffload offload =
      new SoftwareOffload(0, 1, 16, RingPort.SCRATCH_START, 1, 255);
  private final Guest guest = new Guest(offload.scratch());
  private KernelSegmenter kernel;

  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  @BeforeEach
  void open() throws Exception {
    kernel = KernelSegmenter.open();
  }

  @AfterEach
  void close() throws Exception {
    kernel.close();
  }

  /** What the stage makes of a packet, for an endpoint that can do nothing. */
  private List<byte[]> software(int flags, byte[] frame, int segmentSize, int vlan) {
    RecordingQueue queue = new RecordingQueue();
    TxBatch batch = new TxBatch(1, 255);
    guest.sendScattered(new Random(1), 0, flags, frame, segmentSize, vlan, 20);
    offload.begin(0, false);
    while (!guest.ring.isEmpty()) {
      assertEquals(0, offload.offer(queue, guest, guest.peek(batch)));
      assertEquals(0, offload.dropped());
      guest.ring.subList(0, offload.accepted()).clear();
    }
    guest.reuseMemory();
    return queue.frames();
  }

  private void compareChecksum(IpFrame frame) throws Exception {
    kernel.writeUnfinished(frame);
    List<byte[]> theirs = kernel.read(1);
    List<byte[]> ours = software(frame.checksumFlags(), frame.unfinished(), 0, Vlan.NONE);
    RecordingQueue.assertFrames(theirs, ours);
  }

  private void compareSegments(IpFrame frame, int size) throws Exception {
    int count = (frame.payload.length + size - 1) / size;
    kernel.writeToSegment(frame, size);
    List<byte[]> theirs = kernel.read(count);
    List<byte[]> ours = software(frame.segmentationFlags(), frame.unfinished(), size, Vlan.NONE);
    RecordingQueue.assertFrames(theirs, ours);
    assertTrue(theirs.size() > 1);
  }

  @ParameterizedTest
  @CsvSource({"false, 6", "false, 17", "true, 6", "true, 17"})
  void checksums(boolean ipv6, int protocol) throws Exception {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      compareChecksum(IpFrame.random(random, ipv6, protocol, 20 + random.nextInt(1300)));
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 6", "false, 17", "true, 6", "true, 17"})
  void checksumsThatAreZero(boolean ipv6, int protocol) throws Exception {
    IpFrame frame = IpFrame.random(new Random(3), ipv6, protocol, 40);
    frame.payload[0] = 0;
    frame.payload[1] = 0;
    byte[] bytes = frame.bytes();
    int at = frame.transport() + frame.checksumOffset();
    frame.payload[0] = bytes[at];
    frame.payload[1] = bytes[at + 1];
    assertEquals(-1, frame.bytes()[at]);
    compareChecksum(frame);
  }

  @Test
  void aChecksumThatIsZeroInASegment() throws Exception {
    IpFrame frame = IpFrame.random(new Random(3), false, IpFrame.TCP, 200);
    frame.payload[0] = 0;
    frame.payload[1] = 0;
    byte[] bytes = frame.segments(100).getFirst();
    int at = frame.transport() + frame.checksumOffset();
    frame.payload[0] = bytes[at];
    frame.payload[1] = bytes[at + 1];
    assertEquals(0, frame.segments(100).getFirst()[at]);
    compareSegments(frame, 100);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tcpIsSegmented(boolean ipv6) throws Exception {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      int size = 200 + random.nextInt(1100);
      IpFrame frame =
          IpFrame.random(random, ipv6, IpFrame.TCP, size + 1 + random.nextInt(62_000 - size));
      compareSegments(frame, size);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void numbersWrapAroundAndFlagsGoWhereTheyBelong(boolean ipv6) throws Exception {
    for (int flags : new int[] {0xff, IpFrame.FIN, IpFrame.PSH | IpFrame.ACK, IpFrame.CWR, 0x40}) {
      IpFrame frame = IpFrame.random(new Random(flags), ipv6, IpFrame.TCP, 30_000);
      frame.flags = flags;
      frame.id = 0xfffa;
      frame.sequence = -10_000;
      compareSegments(frame, 1000);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, 2000",
    "false, 2001",
    "false, 1999",
    "true, 2000",
    "true, 2001",
    "true, 1001"
  })
  void theLastSegmentIsWhatIsLeft(boolean ipv6, int payload) throws Exception {
    compareSegments(IpFrame.random(new Random(payload), ipv6, IpFrame.TCP, payload), 1000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void udpIsSegmented(boolean ipv6) throws Exception {
    assumeTrue(kernel.segmentsUdp(), "the kernel is too old to segment UDP (before 6.2)");
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      int size = 600 + random.nextInt(700);
      IpFrame frame =
          IpFrame.random(random, ipv6, IpFrame.UDP, size + 1 + random.nextInt(62_000 - size));
      compareSegments(frame, size);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSumBehindARoutingHeader(boolean segments) throws Exception {
    IpFrame frame = IpFrame.random(new Random(9), true, IpFrame.TCP, 1200);
    frame.extensions = new int[] {IpFrame.ROUTING};
    frame.segmentsLeft = 1;
    if (segments) {
      compareSegments(frame, 500);
    } else {
      compareChecksum(frame);
    }
  }

  @Test
  void anInsertedTagIsTheKernels() throws Exception {
    IpFrame tagged = IpFrame.random(new Random(4), false, IpFrame.TCP, 9000);
    tagged.tags = new int[] {0xb123};
    kernel.writeToSegment(tagged, 1000);
    List<byte[]> theirs = kernel.read(9);
    IpFrame plain = tagged.clone();
    plain.tags = new int[0];
    List<byte[]> ours = software(plain.segmentationFlags(), plain.unfinished(), 1000, 0xb123);
    RecordingQueue.assertFrames(theirs, ours);
  }

  @Test
  void theComparisonSeesADifference() throws Exception {
    IpFrame frame = IpFrame.random(new Random(5), false, IpFrame.TCP, 3000);
    kernel.writeToSegment(frame, 1000);
    List<byte[]> theirs = kernel.read(3);
    frame.id++;
    List<byte[]> ours = software(frame.segmentationFlags(), frame.unfinished(), 1000, Vlan.NONE);
    assertFalse(java.util.Arrays.equals(theirs.get(2), ours.get(2)));
  }
}
