package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.api.ChecksumState;
import org.patchbay.api.Queue;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;
import org.patchbay.linux.Requirements;

/** What the kernel makes of the headers: checksums completed, and frames cut, one by one. */
@Timeout(60)
@DisplayNameGeneration(ContractLineNames.class)
class TapOffloadTest {
  private TapRig rig;
  private TapEndpoint endpoint;
  private Queue queue;

  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  @BeforeEach
  void open() throws Exception {
    rig = TapRig.create();
    endpoint = rig.endpoint();
    queue = rig.queue(endpoint);
  }

  @AfterEach
  void close() throws Exception {
    queue.close();
    endpoint.close();
    rig.close();
  }

  private static int l3(int type) {
    return type == Frames.IPV4 ? TxFlags.IPV4 | TxFlags.OFFLOAD_IPV4_HEADER_CHECKSUM : TxFlags.IPV6;
  }

  private List<byte[]> send(int flags, byte[] frame, int segmentSize, int vlan, int expected)
      throws Exception {
    TxBatch batch = new TxBatch(1, 8);
    rig.buffers.addPacket(batch, 1, flags, frame, 20, 700);
    // Lengths that are wrong on purpose: the packet's own count.
    batch.setOffload(99, 99, 99, 99, segmentSize);
    batch.setVlan(vlan);
    assertEquals(TxResult.complete(1), queue.txAvail(rig.buffers, batch));
    assertEquals(0, queue.statistics().txErrors());
    return rig.read(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0x0800, 6, 900, 0", "0x0800, 17, 901, 0", "0x86dd, 6, 902, 0", "0x86dd, 17, 903, 0",
    "0x0800, 6, 6000, 8", "0x0800, 17, 6001, 8", "0x86dd, 6, 6002, 8", "0x86dd, 17, 6003, 8"
  })
  @ContractLine({"T4", "T11"})
  void checksumsAreCompleted(int type, int protocol, int payload, int extra) throws Exception {
    byte[] frame = Frames.ip(type, protocol, payload, extra);
    int work = protocol == Frames.TCP ? TxFlags.OFFLOAD_TCP_CHECKSUM : TxFlags.OFFLOAD_UDP_CHECKSUM;
    byte[] received = send(l3(type) | work, frame, 0, Vlan.NONE, 1).getFirst();
    assertTrue(Frames.ipChecksumIsRight(received));
    assertTrue(Frames.transportChecksumIsRight(received));
    assertArrayEquals(Frames.payload(frame), Frames.payload(received));
  }

  @ParameterizedTest
  @CsvSource({
    "0x0800, 0, 40000, -1", "0x0800, 8, 40001, -1", "0x86dd, 0, 40002, -1",
    "0x86dd, 8, 40003, -1", "0x0800, 0, 65000, 77", "0x86dd, 0, 1800, 77"
  })
  @ContractLine({"T4", "T10", "T11"})
  void tcpIsSegmented(int type, int extra, int payload, int vlan) throws Exception {
    int segmentSize = 1400;
    byte[] frame = Frames.ip(type, Frames.TCP, payload, extra);
    byte[] zeroed = frame.clone();
    ByteBuffer.wrap(zeroed).putShort(type == Frames.IPV4 ? 16 : 18, (short) 0);
    int count = (payload + segmentSize - 1) / segmentSize;
    List<byte[]> segments =
        send(l3(type) | TxFlags.OFFLOAD_TCP_SEGMENTATION, zeroed, segmentSize, vlan, count);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] segment : segments) {
      assertEquals(Frames.sequence(frame) + whole.size(), Frames.sequence(segment));
      assertTrue(Frames.ipChecksumIsRight(segment));
      assertTrue(Frames.transportChecksumIsRight(segment));
      assertEquals(vlan >= 0 ? 18 : 14, Frames.network(segment));
      byte[] part = Frames.payload(segment);
      assertTrue(part.length == segmentSize || segment == segments.getLast());
      whole.write(part, 0, part.length);
    }
    assertArrayEquals(Frames.payload(frame), whole.toByteArray());
    assertEquals(1, queue.statistics().txPackets());
  }

  @ParameterizedTest
  @CsvSource({"0x0800, 40000", "0x86dd, 40001", "0x0800, 1801"})
  @ContractLine({"T4", "T10"})
  void udpIsSegmented(int type, int payload) throws Exception {
    assumeTrue(
        endpoint.txOffloadSupport().uso(), "the kernel is too old to segment UDP (before 6.2)");
    int segmentSize = 1000;
    byte[] frame = Frames.ip(type, Frames.UDP, payload, 0);
    byte[] zeroed = frame.clone();
    ByteBuffer.wrap(zeroed).putShort(type == Frames.IPV4 ? 16 : 18, (short) 0);
    ByteBuffer.wrap(zeroed).putShort(Frames.transport(frame) + 4, (short) 0);
    int count = (payload + segmentSize - 1) / segmentSize;
    List<byte[]> segments =
        send(l3(type) | TxFlags.OFFLOAD_UDP_SEGMENTATION, zeroed, segmentSize, Vlan.NONE, count);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] segment : segments) {
      assertTrue(Frames.ipChecksumIsRight(segment));
      assertTrue(Frames.transportChecksumIsRight(segment));
      byte[] part = Frames.payload(segment);
      whole.write(part, 0, part.length);
    }
    assertArrayEquals(Frames.payload(frame), whole.toByteArray());
  }

  @Test
  void aSegmentationFrameOfOneSegmentGoesOutAsItIs() throws Exception {
    byte[] frame = Frames.ip(Frames.IPV4, Frames.TCP, 1000, 0);
    byte[] received =
        send(l3(Frames.IPV4) | TxFlags.OFFLOAD_TCP_SEGMENTATION, frame, 1400, Vlan.NONE, 1)
            .getFirst();
    assertTrue(Frames.transportChecksumIsRight(received));
    assertArrayEquals(Frames.payload(frame), Frames.payload(received));
  }

  @ParameterizedTest
  @ValueSource(ints = {Frames.TCP, Frames.UDP})
  @ContractLine("T3")
  void theKernelCompletesChecksumsOfReceivedFrames(int protocol) throws Exception {
    // IPv6, as a bridge may drop IPv4 frames whose header checksum is missing.
    byte[] frame = Frames.ip(Frames.IPV6, protocol, 500, 0);
    int transport = Frames.transport(frame);
    int offset = protocol == Frames.TCP ? 16 : 6;
    byte[] unfinished = frame.clone();
    int sum = Frames.pseudoSum(frame, frame.length - transport);
    ByteBuffer.wrap(unfinished).putShort(transport + offset, (short) sum);
    assertFalse(Frames.transportChecksumIsRight(unfinished));
    rig.post(queue, 1518, 1);
    rig.sendUnfinished(unfinished, transport, offset);
    byte[] received = rig.receive(queue, 1).getFirst().frame();
    assertTrue(Frames.transportChecksumIsRight(received));
    assertArrayEquals(Frames.payload(frame), Frames.payload(received));
  }

  @ParameterizedTest
  @CsvSource({"0, UNKNOWN", "1, UNKNOWN", "2, GOOD", "3, GOOD"})
  @ContractLine("T5")
  void aValidatedFrameHasGoodChecksums(int headerFlags, ChecksumState expected) {
    RxMetadata metadata = new RxMetadata();
    TapQueue.describe(headerFlags, 99, metadata);
    assertEquals(99, metadata.length());
    assertEquals(expected, metadata.ipChecksum());
    assertEquals(expected, metadata.l4Checksum());
  }

  @Test
  void aPacketThatIsNotWhatItsFlagsSayIsDroppedAndCounted() {
    TxBatch batch = new TxBatch(3, 3);
    byte[] udp = Frames.ip(Frames.IPV4, Frames.UDP, 5000, 0);
    rig.buffers.addPacket(batch, 1, TxFlags.IPV4 | TxFlags.OFFLOAD_TCP_SEGMENTATION, udp);
    batch.setOffload(14, 20, 20, 34, 1000);
    rig.buffers.addPacket(
        batch, 2, TxFlags.IPV6 | TxFlags.OFFLOAD_UDP_CHECKSUM, Frames.plain(200, 1));
    batch.setOffload(14, 40, 0, 54, 0);
    assertEquals(TxResult.complete(2), queue.txAvail(rig.buffers, batch));
    assertEquals(2, queue.statistics().txErrors());
  }
}
