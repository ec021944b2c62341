package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TxBatchTest {

  private static final int SIZE = 4096;
  private static final int TARGET = 3000;

  private Arena arena;
  private GuestMemory memory;
  private MemorySegment first;
  private TxBatch batch;

  @BeforeEach
  void open() {
    arena = Arena.ofConfined();
    first = arena.allocate(SIZE);
    memory =
        new GuestMemory(
            List.of(new GuestRegion(0, first), new GuestRegion(SIZE, arena.allocate(SIZE))));
    for (int i = 0; i < TARGET; i++) {
      first.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    batch = new TxBatch(4, 16);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  /** Adds a packet of segments, each an address and a length, whose head says what is given. */
  private int add(int declaredSegments, int declaredLength, long... segments) {
    assertTrue(
        batch.addPacket(7, declaredSegments, 0, declaredLength, segments[0], (int) segments[1]));
    for (int i = 2; i < segments.length; i += 2) {
      assertTrue(batch.addSegment(segments[i], (int) segments[i + 1]));
    }
    return batch.packetCount() - 1;
  }

  private int copy(int packet, long address, int space) {
    return batch.copyPacket(packet, memory, memory, address, space);
  }

  @Test
  void segmentsAreCopiedOneBehindTheOther() {
    int packet = add(3, 60, 100, 10, 500, 30, 0, 20);
    assertTrue(batch.isWellFormed(packet));
    assertEquals(60, copy(packet, TARGET, 60));
    assertEquals(100, first.get(ValueLayout.JAVA_BYTE, TARGET));
    assertEquals((byte) 500, first.get(ValueLayout.JAVA_BYTE, TARGET + 10));
    assertEquals((byte) 529, first.get(ValueLayout.JAVA_BYTE, TARGET + 39));
    assertEquals(0, first.get(ValueLayout.JAVA_BYTE, TARGET + 40));
    assertEquals(19, first.get(ValueLayout.JAVA_BYTE, TARGET + 59));
    MemorySegment linear = arena.allocate(61);
    assertEquals(60, batch.linearize(packet, memory, linear, 1, 60));
    assertEquals(-1, linear.asSlice(1).mismatch(first.asSlice(TARGET, 60)));
  }

  @Test
  void copyingGoesOverTheBordersOfRegions() {
    int packet = add(2, 200, 10, 100, SIZE - 50, 100);
    first.set(ValueLayout.JAVA_BYTE, SIZE - 50, (byte) 77);
    assertEquals(200, copy(packet, SIZE - 600, 200));
    assertEquals(77, first.get(ValueLayout.JAVA_BYTE, SIZE - 500));
    int other = add(1, 100, 10, 100);
    assertEquals(100, copy(other, SIZE - 40, 100));
    assertEquals(49, first.get(ValueLayout.JAVA_BYTE, SIZE - 1));
    assertEquals(50, memory.regionMemory(1).get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void malformedPacketsAreRefused() {
    assertBad(add(2, 10, 0, 10));
    assertBad(add(1, 10, 0, 5, 5, 5));
    assertBad(add(1, 11, 0, 10));
    batch.clear();
    assertBad(add(1, 9, 0, 10));
    assertBad(add(2, 5, 0, 10, 0, -5));
    assertBad(add(1, 0, 0, 0));
    batch.clear();
    assertBad(add(1, -1, 0, -1));
    assertBad(add(2, 10, 0, 10, 0, 1));
  }

  private void assertBad(int packet) {
    assertFalse(batch.isWellFormed(packet), "packet " + packet);
    assertEquals(BufferAccess.BAD_PACKET, copy(packet, TARGET, 100), "packet " + packet);
    assertEquals(
        BufferAccess.BAD_PACKET,
        batch.linearize(packet, memory, arena.allocate(100), 0, 100),
        "packet " + packet);
  }

  @Test
  void tooManySegmentsAreRefused() {
    TxBatch large = new TxBatch(1, 256);
    assertTrue(large.addPacket(1, 256, 0, 256, 0, 1));
    for (int i = 1; i < 256; i++) {
      assertTrue(large.addSegment(i, 1));
    }
    assertFalse(large.isWellFormed(0));
    assertEquals(BufferAccess.BAD_PACKET, large.copyPacket(0, memory, memory, TARGET, 256));
  }

  @Test
  void emptySegmentsCountAsSegments() {
    int packet = add(3, 10, 0, 0, 20, 10, 30, 0);
    assertTrue(batch.isWellFormed(packet));
    assertEquals(10, copy(packet, TARGET, 10));
    assertEquals(20, first.get(ValueLayout.JAVA_BYTE, TARGET));
  }

  @Test
  void packetsOutsideGuestMemoryAreBadAndLongOnesAreTooLong() {
    int outside = add(1, 10, 2 * SIZE - 5, 10);
    assertTrue(batch.isWellFormed(outside));
    assertFalse(batch.liesWithin(outside, memory));
    assertEquals(BufferAccess.BAD_PACKET, copy(outside, TARGET, 100));
    int inside = add(1, 10, 0, 10);
    assertTrue(batch.liesWithin(inside, memory));
    assertEquals(BufferAccess.TOO_LONG, copy(inside, TARGET, 9));
    assertEquals(0, first.get(ValueLayout.JAVA_BYTE, TARGET));
    assertEquals(BufferAccess.BAD_PACKET, copy(inside, 2 * SIZE - 9, 10));
  }

  @Test
  void metadataIsZeroUnlessSetAlsoWhenABatchIsUsedAgain() {
    add(1, 10, 0, 10);
    batch.setOffload(14, 20, 32, 34, 1448);
    batch.setVlan(Vlan.of(5, true, 9));
    assertTrue(batch.hasVlan());
    assertEquals(14, batch.l2Length(0));
    assertEquals(20, batch.l3Length(0));
    assertEquals(32, batch.l4Length(0));
    assertEquals(34, batch.transportHeaderOffset(0));
    assertEquals(1448, batch.maxSegmentSize(0));
    assertEquals(9, Vlan.id(batch.vlan(0)));
    batch.removeLastPacket();
    add(1, 10, 0, 10);
    assertNoMetadata();
    batch.setVlan(0);
    assertEquals(0, batch.vlan(0));
    batch.clear();
    add(1, 10, 0, 10);
    assertFalse(batch.hasVlan());
    assertNoMetadata();
  }

  private void assertNoMetadata() {
    assertEquals(Vlan.NONE, batch.vlan(0));
    assertEquals(0, batch.l2Length(0));
    assertEquals(0, batch.l3Length(0));
    assertEquals(0, batch.l4Length(0));
    assertEquals(0, batch.transportHeaderOffset(0));
    assertEquals(0, batch.maxSegmentSize(0));
  }

  @Test
  void aFullBatchTakesNoMore() {
    for (int i = 0; i < 4; i++) {
      assertEquals(i, add(1, 10, 0, 10));
    }
    assertFalse(batch.addPacket(1, 1, 0, 10, 0, 10));
    assertEquals(12, batch.remainingSegments());
    for (int i = 0; i < 12; i++) {
      assertTrue(batch.addSegment(0, 1));
    }
    assertFalse(batch.addSegment(0, 1));
    batch.removeLastPacket();
    assertEquals(13, batch.remainingSegments());
    assertEquals(3, batch.packetCount());
    assertEquals(4, batch.maxPackets());
    assertEquals(3, batch.segmentCount());
  }
}
