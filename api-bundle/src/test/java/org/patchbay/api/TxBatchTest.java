package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class TxBatchTest {

  private static final int SIZE = 4096;

  private final MemorySegment mapped = Arena.ofAuto().allocate(SIZE);
  private final GuestMemory memory = GuestMemory.of(mapped);
  private final TxBatch batch = new TxBatch(4, 300);

  TxBatchTest() {
    for (int i = 0; i < SIZE; i++) {
      mapped.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7));
    }
  }

  private boolean add(int segments, int length, int... parts) {
    boolean added = batch.addPacket(1, segments, 0, length, 0, parts[0]);
    for (int i = 1; i < parts.length; i++) {
      added &= batch.addSegment(1000 + i, parts[i]);
    }
    return added;
  }

  @Test
  void packetsAndSegmentsAreWhereTheyWerePut() {
    assertTrue(batch.addPacket(-1, 2, TxFlags.IPV4, 30, 100, 10));
    assertTrue(batch.addSegment(500, 20));
    assertTrue(batch.addPacket(7, 1, 0, 5, 900, 5));
    assertEquals(2, batch.packetCount());
    assertEquals(3, batch.segmentCount());
    assertEquals(297, batch.remainingSegments());
    assertEquals(4, batch.maxPackets());
    assertEquals(-1, batch.id(0));
    assertEquals(7, batch.id(1));
    assertEquals(TxFlags.IPV4, batch.flags(0));
    assertEquals(30, batch.length(0));
    assertEquals(2, batch.declaredSegments(0));
    assertEquals(0, batch.firstSegment(0));
    assertEquals(2, batch.endSegment(0));
    assertEquals(2, batch.firstSegment(1));
    assertEquals(3, batch.endSegment(1));
    assertEquals(500, batch.segmentAddress(1));
    assertEquals(20, batch.segmentLength(1));
  }

  @Test
  @DisplayName("B11 metadata is zero unless set, also when the batch is used again")
  void metadataIsZeroUnlessSetAlsoWhenTheBatchIsUsedAgain() {
    for (int round = 0; round < 2; round++) {
      batch.clear();
      add(1, 10, 10);
      assertEquals(0, batch.l2Length(0));
      assertEquals(0, batch.l3Length(0));
      assertEquals(0, batch.l4Length(0));
      assertEquals(0, batch.transportHeaderOffset(0));
      assertEquals(0, batch.maxSegmentSize(0));
      assertEquals(Vlan.NONE, batch.vlan(0));
      assertFalse(batch.hasVlan());
      batch.setOffload(255, 65535, 255, 65535, 65535);
      batch.setVlan(Vlan.of(1, true, 2));
      assertEquals(255, batch.l2Length(0));
      assertEquals(65535, batch.l3Length(0));
      assertEquals(255, batch.l4Length(0));
      assertEquals(65535, batch.transportHeaderOffset(0));
      assertEquals(65535, batch.maxSegmentSize(0));
      assertEquals(Vlan.of(1, true, 2), batch.vlan(0));
      assertTrue(batch.hasVlan());
    }
    batch.removeLastPacket();
    add(1, 10, 10);
    assertEquals(0, batch.l2Length(0));
    assertEquals(Vlan.NONE, batch.vlan(0));
  }

  @Test
  void aFullBatchRefusesAndStaysAsItWas() {
    TxBatch small = new TxBatch(2, 3);
    assertTrue(small.addPacket(1, 2, 0, 2, 0, 1));
    assertTrue(small.addSegment(1, 1));
    assertTrue(small.addPacket(2, 1, 0, 1, 0, 1));
    assertFalse(small.addSegment(5, 1), "no segment left");
    assertFalse(small.addPacket(3, 1, 0, 1, 0, 1), "no packet left");
    assertEquals(2, small.packetCount());
    assertEquals(3, small.segmentCount());
    assertTrue(small.isWellFormed(0));
    assertTrue(small.isWellFormed(1));
    small.removeLastPacket();
    assertTrue(small.addPacket(3, 1, 0, 1, 0, 1));
    assertEquals(3, small.id(1));
    assertFalse(new TxBatch(2, 2).addSegment(0, 1), "a tail needs a head");
  }

  @Test
  @DisplayName("B10 a tail without a head can't be added")
  void aPacketOfTailsOnlyCanNotBeAdded() {
    assertFalse(batch.addSegment(0, 10));
    assertEquals(0, batch.segmentCount());
    assertEquals(0, batch.packetCount());
  }

  @Test
  void aRemovedPacketTakesItsSegmentsAlong() {
    add(1, 10, 10);
    add(3, 30, 10, 10, 10);
    batch.removeLastPacket();
    assertEquals(1, batch.packetCount());
    assertEquals(1, batch.segmentCount());
    assertTrue(batch.addSegment(50, 5));
    assertEquals(2, batch.endSegment(0));
  }

  @Test
  void wellFormedIsWhatTheHeadSays() {
    assertTrue(add(1, 10, 10));
    assertTrue(batch.isWellFormed(0));
    assertTrue(add(3, 30, 10, 15, 5));
    assertTrue(batch.isWellFormed(1));
    assertTrue(add(2, 10, 10, 0), "an empty segment is none of our business");
    assertTrue(batch.isWellFormed(2));
  }

  @Test
  @DisplayName("B17 what the head does not say is malformed and not copied")
  void malformedIsEverythingElse() {
    record Case(String name, int segments, int length, int... parts) {}
    Case[] cases = {
      new Case("longer than its segments", 1, 11, 10),
      new Case("shorter than its segments", 2, 19, 10, 10),
      new Case("no segment", 0, 10, 10),
      new Case("a segment too few", 2, 10, 10),
      new Case("a segment too many", 1, 20, 10, 10),
      new Case("negative count", -1, 10, 10),
      new Case("empty", 1, 0, 0),
      new Case("negative length", 1, -10, -10),
      new Case("negative tail", 2, 10, 20, -10),
      new Case("negative head", 2, 10, -10, 20),
      new Case("sum overflows an int", 3, 1, Integer.MAX_VALUE, Integer.MAX_VALUE, 3),
    };
    for (Case one : cases) {
      batch.clear();
      assertTrue(add(one.segments, one.length, one.parts), one.name);
      assertFalse(batch.isWellFormed(0), one.name);
      byte[] target = new byte[64];
      assertEquals(
          BufferAccess.BAD_PACKET,
          batch.linearize(0, memory, MemorySegment.ofArray(target), 0, 64),
          one.name);
      assertEquals(BufferAccess.BAD_PACKET, batch.copyPacket(0, memory, memory, 0, 64), one.name);
    }
  }

  @Test
  @DisplayName("B11 a packet has 255 segments at most")
  void aPacketHas255SegmentsAtMost() {
    for (int count : new int[] {TxBatch.MAX_SEGMENTS, TxBatch.MAX_SEGMENTS + 1}) {
      batch.clear();
      int[] parts = new int[count];
      Arrays.fill(parts, 1);
      assertTrue(add(count, count, parts));
      assertEquals(count == TxBatch.MAX_SEGMENTS, batch.isWellFormed(0));
    }
  }

  @Test
  @DisplayName("B17 linearize puts segments one behind the other")
  void linearizePutsSegmentsOneBehindTheOther() {
    batch.addPacket(1, 3, 0, 12, 100, 3);
    batch.addSegment(700, 5);
    batch.addSegment(50, 4);
    byte[] target = new byte[20];
    assertEquals(12, batch.linearize(0, memory, MemorySegment.ofArray(target), 4, 16));
    byte[] expected = new byte[20];
    int at = 4;
    for (int[] part : new int[][] {{100, 3}, {700, 5}, {50, 4}}) {
      for (int i = 0; i < part[1]; i++) {
        expected[at++] = (byte) ((part[0] + i) * 7);
      }
    }
    assertArrayEquals(expected, target);
    assertEquals(12, batch.copyPacket(0, memory, memory, 2000, 12));
    byte[] copied = new byte[12];
    assertTrue(memory.read(2000, MemorySegment.ofArray(copied), 0, 12));
    assertArrayEquals(Arrays.copyOfRange(expected, 4, 16), copied);
  }

  @Test
  void copyingGoesOverTheBordersOfRegions() {
    MemorySegment next = Arena.ofAuto().allocate(SIZE);
    GuestMemory two =
        new GuestMemory(List.of(new GuestRegion(0, mapped), new GuestRegion(SIZE, next)));
    next.fill((byte) 0x55);
    batch.addPacket(1, 1, 0, 20, SIZE - 10, 20);
    assertEquals(20, batch.copyPacket(0, two, two, 100, 20));
    assertEquals((byte) ((SIZE - 1) * 7), mapped.get(ValueLayout.JAVA_BYTE, 109));
    assertEquals(0x55, mapped.get(ValueLayout.JAVA_BYTE, 110));
    batch.addPacket(2, 1, 0, 20, 200, 20);
    assertEquals(20, batch.copyPacket(1, two, two, SIZE - 10, 20));
    assertEquals((byte) (209 * 7), mapped.get(ValueLayout.JAVA_BYTE, SIZE - 1));
    assertEquals((byte) (210 * 7), next.get(ValueLayout.JAVA_BYTE, 0));
    assertEquals(0x55, next.get(ValueLayout.JAVA_BYTE, 10));
  }

  @Test
  @DisplayName("B17 what does not fit is too long")
  void whatDoesNotFitIsTooLong() {
    add(1, 12, 12);
    byte[] target = new byte[12];
    assertEquals(
        BufferAccess.TOO_LONG, batch.linearize(0, memory, MemorySegment.ofArray(target), 0, 11));
    assertEquals(BufferAccess.TOO_LONG, batch.copyPacket(0, memory, memory, 0, 11));
    assertArrayEquals(new byte[12], target);
    assertEquals(12, batch.linearize(0, memory, MemorySegment.ofArray(target), 0, 12));
  }

  @Test
  void aSegmentOutsideMemoryMakesABadPacket() {
    long[] addresses = {SIZE - 4, SIZE, -1, Long.MAX_VALUE - 2, Long.MIN_VALUE};
    for (long address : addresses) {
      batch.clear();
      batch.addPacket(1, 2, 0, 10, 0, 5);
      batch.addSegment(address, 5);
      assertTrue(batch.isWellFormed(0));
      assertFalse(batch.liesWithin(0, memory));
      assertEquals(
          BufferAccess.BAD_PACKET,
          batch.linearize(0, memory, MemorySegment.ofArray(new byte[10]), 0, 10));
      assertEquals(BufferAccess.BAD_PACKET, batch.copyPacket(0, memory, memory, 64, 10));
    }
    batch.clear();
    batch.addPacket(1, 2, 0, 10, 0, 5);
    batch.addSegment(SIZE - 5, 5);
    assertTrue(batch.liesWithin(0, memory));
    assertEquals(BufferAccess.BAD_PACKET, batch.copyPacket(0, memory, memory, SIZE - 9, 10));
  }

  @Test
  void aBatchHoldsSomething() {
    assertThrows(IllegalArgumentException.class, () -> new TxBatch(0, 4));
    assertThrows(IllegalArgumentException.class, () -> new TxBatch(4, 3));
  }
}
