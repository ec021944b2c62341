package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.TxFlags;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;
import org.patchbay.linux.VirtioNetHeader;

@DisplayNameGeneration(ContractLineNames.class)
class OffloadHeaderTest {
  private static final int AT = 64;
  private final MemorySegment memory = Arena.ofAuto().allocate(128 * 1024);
  private final OffloadHeader header = new OffloadHeader();

  private boolean write(byte[] frame, int present, int length, int flags, int segmentSize) {
    memory.asSlice(AT, VirtioNetHeader.LENGTH).fill((byte) 0xee);
    MemorySegment.copy(
        frame, 0, memory, ValueLayout.JAVA_BYTE, AT + VirtioNetHeader.LENGTH, present);
    return header.write(memory, AT, present, length, flags, segmentSize);
  }

  private boolean write(byte[] frame, int flags, int segmentSize) {
    return write(frame, frame.length, frame.length, flags, segmentSize);
  }

  private byte[] written(int length) {
    return memory.asSlice(AT + VirtioNetHeader.LENGTH, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private byte[] virtioHeader() {
    return memory.asSlice(AT, VirtioNetHeader.LENGTH).toArray(ValueLayout.JAVA_BYTE);
  }

  private static int flags(int type, int protocol, boolean segmentation) {
    int work =
        protocol == Frames.TCP
            ? segmentation ? TxFlags.OFFLOAD_TCP_SEGMENTATION : TxFlags.OFFLOAD_TCP_CHECKSUM
            : segmentation ? TxFlags.OFFLOAD_UDP_SEGMENTATION : TxFlags.OFFLOAD_UDP_CHECKSUM;
    return work | (type == Frames.IPV4 ? TxFlags.IPV4 : TxFlags.IPV6);
  }

  @Test
  void withoutOffloadsTheHeaderIsZeroAndThePacketUntouched() {
    byte[] frame = Frames.ip(Frames.IPV4, Frames.TCP, 100, 0);
    assertTrue(write(frame, TxFlags.IPV4, 0));
    assertArrayEquals(new byte[VirtioNetHeader.LENGTH], virtioHeader());
    assertArrayEquals(frame, written(frame.length));
  }

  @ParameterizedTest
  @CsvSource({
    "0x0800, 6, 0", "0x0800, 6, 8", "0x0800, 17, 0", "0x0800, 17, 16",
    "0x86dd, 6, 0", "0x86dd, 6, 8", "0x86dd, 17, 0", "0x86dd, 17, 24"
  })
  @ContractLine("T4")
  void aChecksumStartsAtTheTransportHeader(int type, int protocol, int extra) {
    byte[] frame = Frames.ip(type, protocol, 333, extra);
    assertTrue(write(frame, flags(type, protocol, false), 0));
    int transport = Frames.transport(frame);
    assertEquals(VirtioNetHeader.NEEDS_CHECKSUM, VirtioNetHeader.flags(memory, AT));
    assertEquals(VirtioNetHeader.GSO_NONE, VirtioNetHeader.segmentation(memory, AT));
    assertEquals(transport, VirtioNetHeader.checksumStart(memory, AT));
    int offset = protocol == Frames.TCP ? 16 : 6;
    assertEquals(offset, VirtioNetHeader.checksumOffset(memory, AT));
    byte[] expected = frame.clone();
    int sum = Frames.pseudoSum(frame, frame.length - transport);
    ByteBuffer.wrap(expected).putShort(transport + offset, (short) sum);
    assertArrayEquals(expected, written(frame.length));
  }

  @Test
  void ethernetPaddingIsNoPartOfTheChecksum() {
    byte[] frame = Frames.ip(Frames.IPV4, Frames.UDP, 4, 0);
    byte[] padded = Arrays.copyOf(frame, 60);
    assertTrue(write(padded, flags(Frames.IPV4, Frames.UDP, false), 0));
    byte[] expected = padded.clone();
    ByteBuffer.wrap(expected).putShort(34 + 6, (short) Frames.pseudoSum(frame, 12));
    assertArrayEquals(expected, written(60));
  }

  @ParameterizedTest
  @CsvSource({
    "0x0800, 6, 0, 1",
    "0x0800, 6, 8, 1",
    "0x86dd, 6, 0, 4",
    "0x86dd, 6, 16, 4",
    "0x0800, 17, 0, 5",
    "0x86dd, 17, 8, 5"
  })
  @ContractLine({"T4", "T10"})
  void zeroedLengthsOfASegmentationFrameAreFilledIn(
      int type, int protocol, int extra, int segmentation) {
    byte[] frame = Frames.ip(type, protocol, 40_000, extra);
    byte[] zeroed = frame.clone();
    ByteBuffer buffer = ByteBuffer.wrap(zeroed);
    buffer.putShort(type == Frames.IPV4 ? 16 : 18, (short) 0);
    int transport = Frames.transport(frame);
    if (protocol == Frames.UDP) {
      buffer.putShort(transport + 4, (short) 0);
    }
    // Only the beginning is there, as when the rest stays in guest memory.
    assertTrue(write(zeroed, 512, frame.length, flags(type, protocol, true), 1400));
    assertEquals(segmentation, VirtioNetHeader.segmentation(memory, AT));
    assertEquals(1400, VirtioNetHeader.segmentSize(memory, AT));
    assertEquals(Frames.headers(frame), VirtioNetHeader.headerLength(memory, AT));
    assertEquals(VirtioNetHeader.NEEDS_CHECKSUM, VirtioNetHeader.flags(memory, AT));
    byte[] result = written(512);
    int offset = protocol == Frames.TCP ? 16 : 6;
    ByteBuffer expected = ByteBuffer.wrap(frame.clone());
    expected.putShort(
        transport + offset, (short) Frames.pseudoSum(frame, frame.length - transport));
    if (type == Frames.IPV4) {
      assertTrue(Frames.ipChecksumIsRight(result));
      expected.putShort(24, ByteBuffer.wrap(result).getShort(24));
    }
    assertArrayEquals(Arrays.copyOf(expected.array(), 512), result);
  }

  @ParameterizedTest
  @CsvSource({"0x0800, 16", "0x86dd, 18"})
  @ContractLine("T12")
  void aLengthBeyond65535StaysZero(int type, int offset) {
    byte[] frame = Frames.ip(type, Frames.TCP, 70_000, 0);
    ByteBuffer.wrap(frame).putShort(offset, (short) 0);
    assertTrue(write(frame, 512, frame.length, flags(type, Frames.TCP, true), 1400));
    assertEquals(0, ByteBuffer.wrap(written(512)).getShort(offset));
  }

  @Test
  void aLengthThatIsThereIsKept() {
    byte[] frame = Frames.ip(Frames.IPV4, Frames.TCP, 4000, 0);
    ByteBuffer.wrap(frame).putShort(16, (short) 1234);
    assertTrue(write(frame, flags(Frames.IPV4, Frames.TCP, true), 1400));
    assertEquals(1234, ByteBuffer.wrap(written(64)).getShort(16));
  }

  @Test
  void whatFitsIntoOneSegmentIsOnlyChecksummed() {
    byte[] frame = Frames.ip(Frames.IPV4, Frames.TCP, 1400, 0);
    assertTrue(write(frame, flags(Frames.IPV4, Frames.TCP, true), 1400));
    assertEquals(VirtioNetHeader.GSO_NONE, VirtioNetHeader.segmentation(memory, AT));
    assertEquals(VirtioNetHeader.NEEDS_CHECKSUM, VirtioNetHeader.flags(memory, AT));
  }

  @Test
  void congestionWindowReducedIsTold() {
    byte[] frame = Frames.ip(Frames.IPV4, Frames.TCP, 4000, 0);
    frame[34 + 13] |= (byte) 0x80;
    assertTrue(write(frame, flags(Frames.IPV4, Frames.TCP, true), 1400));
    assertEquals(
        VirtioNetHeader.GSO_TCP4 | VirtioNetHeader.GSO_ECN,
        VirtioNetHeader.segmentation(memory, AT));
  }

  @Test
  @ContractLine({"T1", "T10"})
  void theIpv4HeaderChecksumIsComputedAlone() {
    byte[] frame = Frames.ip(Frames.IPV4, Frames.UDP, 100, 8);
    frame[24] = 0x55;
    assertTrue(write(frame, TxFlags.IPV4 | TxFlags.OFFLOAD_IPV4_HEADER_CHECKSUM, 0));
    assertArrayEquals(new byte[VirtioNetHeader.LENGTH], virtioHeader());
    assertTrue(Frames.ipChecksumIsRight(written(frame.length)));
  }

  @Test
  void tagsInTheFrameAreSteppedOver() {
    byte[] plain = Frames.ip(Frames.IPV4, Frames.TCP, 100, 0);
    byte[] tagged = new byte[plain.length + 8];
    System.arraycopy(plain, 0, tagged, 0, 12);
    ByteBuffer.wrap(tagged).putInt(12, 0x88a8_0005).putInt(16, 0x8100_0006);
    System.arraycopy(plain, 12, tagged, 20, plain.length - 12);
    assertTrue(write(tagged, flags(Frames.IPV4, Frames.TCP, false), 0));
    assertEquals(42, VirtioNetHeader.checksumStart(memory, AT));
  }

  @Test
  void packetsThatAreNotWhatTheirFlagsSayAreBad() {
    byte[] tcp = Frames.ip(Frames.IPV4, Frames.TCP, 100, 0);
    int flags = flags(Frames.IPV4, Frames.TCP, false);
    assertFalse(write(tcp, flags(Frames.IPV4, Frames.UDP, false), 0), "TCP is no UDP");
    assertFalse(write(tcp, flags(Frames.IPV6, Frames.TCP, false), 0), "IPv4 is no IPv6");
    assertFalse(
        write(tcp, flags | TxFlags.OFFLOAD_UDP_CHECKSUM, 0), "a packet is not TCP and UDP at once");
    assertFalse(write(Frames.plain(60, 1), flags, 0), "there is no IP");
    assertFalse(write(tcp, flags(Frames.IPV4, Frames.TCP, true), 0), "segments of no bytes");
    byte[] version = tcp.clone();
    version[14] = 0x65;
    assertFalse(write(version, flags, 0), "the version is wrong");
    byte[] shortHeader = tcp.clone();
    shortHeader[14] = 0x44;
    assertFalse(write(shortHeader, flags, 0), "an IPv4 header of 16 bytes");
    byte[] shortTcp = tcp.clone();
    shortTcp[34 + 12] = 0x40;
    assertFalse(write(shortTcp, flags, 0), "a TCP header of 16 bytes");
    byte[] fragment = tcp.clone();
    fragment[20] = 0x20;
    assertFalse(write(fragment, flags, 0), "a fragment");
    for (int length = 0; length < 54; length++) {
      assertFalse(write(Arrays.copyOf(tcp, length), flags, 0), "cut off");
    }
  }

  /** Whatever the guest writes, nothing outside the frame is read, and nothing throws. */
  @Test
  @ContractLine("T11")
  void noiseNeverThrows() {
    Random random = new Random(42);
    int[] types = {Frames.IPV4, Frames.IPV6};
    int[] protocols = {Frames.TCP, Frames.UDP};
    for (int i = 0; i < 200_000; i++) {
      int type = types[random.nextInt(2)];
      byte[] frame =
          Frames.ip(type, protocols[random.nextInt(2)], random.nextInt(64), random.nextInt(3) * 8);
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        frame[12 + random.nextInt(frame.length - 12)] = (byte) random.nextInt();
      }
      int present = random.nextInt(frame.length + 1);
      MemorySegment exact = memory.asSlice(0, AT + VirtioNetHeader.LENGTH + present);
      MemorySegment.copy(
          frame, 0, exact, ValueLayout.JAVA_BYTE, AT + VirtioNetHeader.LENGTH, present);
      header.write(exact, AT, present, present, random.nextInt(128), random.nextInt(65536));
    }
  }
}
