package org.patchbay.conformance.support;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;

@DisplayNameGeneration(ContractLineNames.class)
final class TestBuffersTest {

  private static final int CAPACITY = 200;

  private final TestGuestMemory memory = new TestGuestMemory();
  private final TestBuffers buffers = new TestBuffers(memory, CAPACITY, 3);

  private static MemorySegment bytes(int length) {
    return MemorySegment.ofArray(TestFrames.frame(1, length));
  }

  @Test
  @ContractLine("B1")
  void buffersLieInTheGuestMemoryThatTheyName() {
    assertSame(memory.memory(), buffers.guestMemory());
    buffers.post(1);
    RxSegments segments = new RxSegments(4);
    buffers.pushGuestAddresses(1, segments);
    for (int i = 0; i < segments.count(); i++) {
      assertTrue(buffers.guestMemory().contains(segments.address(i), segments.length(i)));
    }
  }

  @Test
  @ContractLine({"B2", "B4", "B5"})
  void dataIsWrittenOverAllSegmentsAndMetadataIsKept() {
    buffers.post(-1);
    assertEquals(CAPACITY, buffers.capacity(-1));
    byte[] frame = TestFrames.frame(5, CAPACITY);
    assertEquals(
        BufferAccess.WRITTEN, buffers.writeData(-1, MemorySegment.ofArray(frame), 0, frame.length));
    RxMetadata metadata = new RxMetadata().set(10, 100).vlan(7);
    assertEquals(BufferAccess.WRITTEN, buffers.writeMetadata(-1, metadata));
    metadata.reset();
    ReceivedFrame received = buffers.take(-1);
    assertNotNull(received);
    assertArrayEquals(Arrays.copyOfRange(frame, 10, 110), received.frame());
    assertEquals(7, received.metadata().vlan());
    assertEquals(-1, memory.firstDifference());
  }

  @Test
  @ContractLine("B5")
  void metadataOutsideTheBufferIsRefused() {
    buffers.post(1);
    RxMetadata metadata = new RxMetadata();
    assertEquals(BufferAccess.TOO_LONG, buffers.writeMetadata(1, metadata.set(1, CAPACITY)));
    assertEquals(BufferAccess.TOO_LONG, buffers.writeMetadata(1, metadata.set(-1, 5)));
    assertEquals(BufferAccess.TOO_LONG, buffers.writeMetadata(1, metadata.set(5, -1)));
    assertEquals(
        BufferAccess.TOO_LONG,
        buffers.writeMetadata(1, metadata.set(Integer.MAX_VALUE, Integer.MAX_VALUE)));
    assertNull(buffers.take(1));
  }

  @Test
  @ContractLine({"B3", "B7"})
  void segmentsAreAppendedForOneBufferOrMany() {
    buffers.post(1);
    buffers.post(2);
    RxSegments segments = new RxSegments(1);
    assertEquals(3, buffers.pushGuestAddresses(1, segments));
    assertEquals(3, buffers.pushGuestAddresses(2, segments));
    assertEquals(6, segments.count(), "the list is the caller's to clear");
    segments.clear();
    assertEquals(6, buffers.pushGuestAddresses(new int[] {9, 2, 1}, 1, 2, segments));
    assertEquals(2, segments.buffers());
    for (int buffer = 0; buffer < 2; buffer++) {
      int sum = 0;
      for (int i = segments.firstSegment(buffer); i < segments.endSegment(buffer); i++) {
        sum += segments.length(i);
      }
      assertEquals(CAPACITY, sum);
    }
    assertEquals(
        BufferAccess.NOT_POSTED, buffers.pushGuestAddresses(new int[] {2, 9, 1}, 0, 3, segments));
  }

  @Test
  @ContractLine("B6")
  void aPacketIsWrittenFromABatchOrFromMemory() {
    byte[] frame = TestFrames.frame(3, 120);
    long address = memory.allocate(frame.length);
    memory.write(address, frame);
    TxBatch batch = new TxBatch(2, 4);
    batch.addPacket(1, 2, 0, 120, address, 50);
    batch.addSegment(address + 50, 70);
    batch.addPacket(2, 1, 0, 9, address, 10);
    RxMetadata metadata = new RxMetadata().set(0, 120);
    buffers.post(1);
    buffers.post(2);
    assertEquals(BufferAccess.WRITTEN, buffers.writePacket(1, metadata, batch, 0));
    assertEquals(BufferAccess.BAD_PACKET, buffers.writePacket(2, metadata, batch, 1));
    assertEquals(
        BufferAccess.WRITTEN,
        buffers.writePacket(2, metadata, MemorySegment.ofArray(frame), 0, 120));
    for (int id = 1; id <= 2; id++) {
      ReceivedFrame received = buffers.take(id);
      assertNotNull(received);
      assertArrayEquals(frame, received.frame());
    }
  }

  @Test
  @ContractLine("B8")
  void aFrameTooLongIsRefusedAndTheBufferStaysUsable() {
    buffers.post(1);
    RxMetadata metadata = new RxMetadata().set(0, 60);
    assertEquals(
        BufferAccess.TOO_LONG,
        buffers.writePacket(1, metadata, bytes(CAPACITY + 1), 0, CAPACITY + 1));
    assertEquals(-1, memory.firstDifference(), "nothing was written");
    assertEquals(BufferAccess.WRITTEN, buffers.writePacket(1, metadata, bytes(60), 0, 60));
  }

  @Test
  @ContractLine("B9")
  void anIdThatIsNotPostedIsRefusedAndCounted() {
    RxMetadata metadata = new RxMetadata();
    assertEquals(BufferAccess.NOT_POSTED, buffers.capacity(4));
    assertEquals(BufferAccess.NOT_POSTED, buffers.writeData(4, bytes(60), 0, 60));
    assertEquals(BufferAccess.NOT_POSTED, buffers.writeMetadata(4, metadata));
    assertEquals(BufferAccess.NOT_POSTED, buffers.pushGuestAddresses(4, new RxSegments(1)));
    assertEquals(4, buffers.refused());
    assertEquals(-1, memory.firstDifference());
  }

  @Test
  @ContractLine("B21")
  void aWriteThatNobodyAllowedIsFound() {
    buffers.post(1);
    RxSegments segments = new RxSegments(4);
    buffers.pushGuestAddresses(1, segments);
    long behind = segments.address(2) + segments.length(2);
    memory.memory().write(behind - 1, bytes(22), 0, 1);
    buffers.acceptWrites();
    assertEquals(-1, memory.firstDifference(), "inside the buffer is fine");
    memory.memory().write(behind, bytes(22), 0, 1);
    buffers.acceptWrites();
    assertEquals(behind, memory.firstDifference());
  }

  @Test
  @ContractLine("Q2")
  void aUseOutsideACallIsRefusedAndRecorded() throws InterruptedException {
    buffers.post(1);
    buffers.enter();
    assertEquals(CAPACITY, buffers.capacity(1));
    Thread other = Thread.ofPlatform().start(() -> buffers.capacity(1));
    other.join();
    buffers.leave();
    assertEquals(BufferAccess.NOT_POSTED, buffers.capacity(1));
    buffers.queueClosed();
    assertEquals(BufferAccess.NOT_POSTED, buffers.capacity(1));
    assertEquals(
        List.of("Q2", "Q2", "Q19"),
        buffers.violations().stream().map(ContractViolation::line).toList());
  }
}
