package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Guests that break the rules: the packet or the ring is dropped, counted and named. */
class HostileGuestTest {

  private static final int SIZE = 16;
  private static final long BASE = RingRig.GUEST_BASE;
  private static final long INDIRECT = RingRig.COMMON | 1L << Features.INDIRECT_DESC;
  private static final long PACKED = 1L << Features.RING_PACKED;

  /** A chain that is wrong, and what it is counted as. */
  record Bad(String what, Cause cause, Consumer<SplitDriverRing> split) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Bad bad(String what, Cause cause, Consumer<SplitDriverRing> split) {
    return new Bad(what, cause, split);
  }

  /** Guest address of memory that nothing else uses here: the last transmit buffers. */
  private static long spare(DriverRing ring) {
    return BASE + ring.memory.byteSize() - 8192;
  }

  static Stream<Bad> chains() {
    return Stream.of(
        bad("below memory", Cause.OUTSIDE_MEMORY, r -> r.writeDescriptor(0, BASE - 1, 100, 0, 0)),
        bad(
            "past memory",
            Cause.OUTSIDE_MEMORY,
            r -> r.writeDescriptor(0, BASE + r.memory.byteSize() - 99, 100, 0, 0)),
        bad("negative", Cause.OUTSIDE_MEMORY, r -> r.writeDescriptor(0, -1, 100, 0, 0)),
        bad("scratch", Cause.OUTSIDE_MEMORY, r -> r.writeDescriptor(0, 1L << 62, 100, 0, 0)),
        bad(
            "sum overflows",
            Cause.OUTSIDE_MEMORY,
            r -> r.writeDescriptor(0, Long.MAX_VALUE - 5, 100, 0, 0)),
        bad("length of 4 GiB", Cause.OUTSIDE_MEMORY, r -> r.writeDescriptor(0, BASE, -1, 0, 0)),
        bad(
            "length of 2 GiB",
            Cause.OUTSIDE_MEMORY,
            r -> r.writeDescriptor(0, BASE, Integer.MIN_VALUE, 0, 0)),
        bad("for writing", Cause.WRONG_DIRECTION, r -> r.writeDescriptor(0, BASE, 100, 2, 0)),
        bad(
            "writing behind reading",
            Cause.WRONG_DIRECTION,
            r -> {
              r.writeDescriptor(0, BASE, 100, 1, 1);
              r.writeDescriptor(1, BASE, 100, 2, 0);
            }),
        bad("loop of one", Cause.CHAIN_TOO_LONG, r -> r.writeDescriptor(0, BASE, 100, 1, 0)),
        bad(
            "loop of three",
            Cause.CHAIN_TOO_LONG,
            r -> {
              for (int i = 0; i < 3; i++) {
                r.writeDescriptor(i, BASE, 1, 1, (i + 1) % 3);
              }
            }),
        bad("next past", Cause.NEXT_OUT_OF_RANGE, r -> r.writeDescriptor(0, BASE, 9, 1, SIZE)),
        bad("next far", Cause.NEXT_OUT_OF_RANGE, r -> r.writeDescriptor(0, BASE, 9, 1, 65535)),
        bad("of no length", Cause.SHORTER_THAN_HEADER, r -> r.writeDescriptor(0, BASE, 0, 0, 0)),
        bad("half a header", Cause.SHORTER_THAN_HEADER, r -> r.writeDescriptor(0, BASE, 11, 0, 0)),
        bad("header alone", Cause.FRAME_TOO_SHORT, r -> r.writeDescriptor(0, BASE, 12, 0, 0)),
        bad("13 bytes", Cause.FRAME_TOO_SHORT, r -> r.writeDescriptor(0, BASE, 25, 0, 0)),
        bad(
            "longer than any frame",
            Cause.FRAME_TOO_LONG,
            r -> {
              for (int i = 0; i < 8; i++) {
                r.writeDescriptor(i, BASE, 20_000, i < 7 ? 1 : 0, i + 1);
              }
            }),
        bad(
            "indirect with next",
            Cause.INDIRECT_MISPLACED,
            r -> r.writeDescriptor(0, spare(r), 16, 5, 1)),
        bad(
            "indirect in indirect",
            Cause.INDIRECT_MISPLACED,
            r -> {
              entry(r, 0, spare(r), 16, 4, 0);
              r.writeDescriptor(0, spare(r), 16, 4, 0);
            }),
        bad("empty table", Cause.INDIRECT_TABLE, r -> r.writeDescriptor(0, spare(r), 0, 4, 0)),
        bad("crooked table", Cause.INDIRECT_TABLE, r -> r.writeDescriptor(0, spare(r), 17, 4, 0)),
        bad("table outside", Cause.INDIRECT_TABLE, r -> r.writeDescriptor(0, BASE - 8, 16, 4, 0)),
        bad("huge table", Cause.INDIRECT_TABLE, r -> r.writeDescriptor(0, BASE, -16, 4, 0)),
        bad(
            "loop in a table",
            Cause.CHAIN_TOO_LONG,
            r -> {
              entry(r, 0, BASE, 1, 1, 1);
              entry(r, 1, BASE, 1, 1, 0);
              r.writeDescriptor(0, spare(r), 32, 4, 0);
            }),
        bad(
            "next past a table",
            Cause.NEXT_OUT_OF_RANGE,
            r -> {
              entry(r, 0, BASE, 1, 1, 2);
              r.writeDescriptor(0, spare(r), 32, 4, 0);
            }),
        bad(
            "more in a table than in the ring",
            Cause.CHAIN_TOO_LONG,
            r -> {
              for (int i = 0; i < SIZE + 1; i++) {
                entry(r, i, BASE, 10, i < SIZE ? 1 : 0, i + 1);
              }
              r.writeDescriptor(0, spare(r), 16 * (SIZE + 1), 4, 0);
            }));
  }

  private static void entry(DriverRing ring, int index, long at, int length, int flags, int next) {
    long offset = spare(ring) - BASE + 16L * index;
    ring.memory.set(DriverRing.LONG, offset, at);
    ring.memory.set(DriverRing.INT, offset + 8, length);
    ring.memory.set(DriverRing.SHORT, offset + 12, (short) flags);
    ring.memory.set(DriverRing.SHORT, offset + 14, (short) next);
  }

  @ParameterizedTest
  @MethodSource("chains")
  void aBadChainComesBackEmptyAndTheNextGoesOn(Bad bad) {
    try (RingRig rig = new RingRig(INDIRECT, SIZE)) {
      SplitDriverRing ring = (SplitDriverRing) rig.driver.transmitRing();
      bad.split().accept(ring);
      ring.writeDescriptor(9, BASE + 4096, 100, 0, 0);
      ring.putAvailable(0, 9);
      ring.putAvailable(1, 0);
      ring.putAvailable(2, 9);
      ring.setAvailableIndex(3);
      assertEquals(1, rig.peek().packetCount(), "up to the bad one");
      rig.acceptAndComplete(1);
      assertEquals(1, rig.peek().packetCount());
      rig.acceptAndComplete(1);
      rig.pair.flush();
      assertEquals(3, ring.usedIndex());
      assertEquals(1, rig.dropped(true, bad.cause()));
      assertEquals(List.of(), rig.errors);
    }
  }

  @Test
  void indirectMustBeNegotiated() {
    try (RingRig rig = new RingRig(RingRig.COMMON, SIZE)) {
      SplitDriverRing ring = (SplitDriverRing) rig.driver.transmitRing();
      entry(ring, 0, BASE, 100, 0, 0);
      ring.writeDescriptor(0, spare(ring), 16, 4, 0);
      ring.setAvailableIndex(1);
      assertEquals(0, rig.peek().packetCount());
      assertEquals(1, rig.dropped(true, Cause.INDIRECT_MISPLACED));
    }
  }

  @Test
  void badReceiveChainsComeBackEmpty() {
    try (RingRig rig = new RingRig(INDIRECT, SIZE)) {
      SplitDriverRing ring = (SplitDriverRing) rig.driver.receiveRing();
      ring.writeDescriptor(0, BASE, 100, 0, 0); // for reading
      ring.writeDescriptor(1, BASE, 12, 2, 0); // no room for a frame
      ring.writeDescriptor(2, BASE - 1, 100, 2, 0);
      ring.writeDescriptor(3, BASE, 100, 2 | 1, 3);
      for (int i = 0; i < 4; i++) {
        ring.putAvailable(i, i);
      }
      ring.setAvailableIndex(4);
      assertEquals(0, rig.post());
      assertEquals(4, ring.usedIndex());
      assertEquals(1, rig.dropped(false, Cause.WRONG_DIRECTION));
      assertEquals(1, rig.dropped(false, Cause.SHORTER_THAN_HEADER));
      assertEquals(1, rig.dropped(false, Cause.OUTSIDE_MEMORY));
      assertEquals(1, rig.dropped(false, Cause.CHAIN_TOO_LONG));
      assertTrue(rig.inspected().toString().contains("wrong direction"));
    }
  }

  @Test
  void anIndexThatJumpsPastTheRingBreaksIt() {
    for (int jump : new int[] {SIZE + 1, 0x7fff, 0xffff}) {
      try (RingRig rig = new RingRig(RingRig.COMMON, SIZE)) {
        SplitDriverRing ring = (SplitDriverRing) rig.driver.transmitRing();
        ring.setAvailableIndex(jump);
        assertEquals(0, rig.peek().packetCount());
        assertEquals(1, rig.errors.size());
        assertTrue(
            rig.errors.getFirst().startsWith("1: the available index"), rig.errors::toString);
        assertEquals(0, rig.peek().packetCount());
        assertEquals(1, rig.errors.size(), "told once");
        assertFalse(polls(rig));
      }
    }
  }

  /** Without kicks the worker has to poll each ring that is whole: here the receive ring. */
  private static boolean polls(RingRig rig) {
    rig.pair.setEnabled(false, true);
    return rig.pair.pollReady(true, true);
  }

  @Test
  void aHeadPastTheRingBreaksIt() {
    try (RingRig rig = new RingRig(RingRig.COMMON, SIZE)) {
      SplitDriverRing ring = (SplitDriverRing) rig.driver.receiveRing();
      ring.putAvailable(0, SIZE);
      ring.setAvailableIndex(1);
      assertEquals(0, rig.post());
      assertEquals(0, rig.post());
      assertEquals(List.of("0: the available ring names a head past the ring of 16"), rig.errors);
    }
  }

  @Test
  void theSameHeadOverAndOverIsBounded() {
    try (RingRig rig = new RingRig(RingRig.COMMON, SIZE)) {
      SplitDriverRing ring = (SplitDriverRing) rig.driver.receiveRing();
      ring.writeDescriptor(0, BASE + 4096, 100, 2, 0);
      for (int round = 0; round < 10; round++) {
        ring.setAvailableIndex(round * SIZE + SIZE);
        rig.postAll();
      }
      assertTrue(rig.posted.size() <= SIZE, "holds " + rig.posted.size());
    }
  }

  // ---- packed ----

  private static RingRig packed() {
    return new RingRig(INDIRECT | PACKED, SIZE);
  }

  record BadPacked(String what, Cause cause, Consumer<PackedDriverRing> put) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<BadPacked> packedChains() {
    return Stream.of(
        new BadPacked("outside", Cause.OUTSIDE_MEMORY, r -> r.put(BASE - 1, 100, 1, 0)),
        new BadPacked("overflow", Cause.OUTSIDE_MEMORY, r -> r.put(-100, 100, 1, 0)),
        new BadPacked("4 GiB", Cause.OUTSIDE_MEMORY, r -> r.put(BASE, -1, 1, 0)),
        new BadPacked("for writing", Cause.WRONG_DIRECTION, r -> r.put(BASE, 100, 1, 2)),
        new BadPacked("empty", Cause.SHORTER_THAN_HEADER, r -> r.put(BASE, 0, 1, 0)),
        new BadPacked("crooked table", Cause.INDIRECT_TABLE, r -> r.put(spare(r), 15, 1, 4)),
        new BadPacked("table outside", Cause.INDIRECT_TABLE, r -> r.put(BASE - 16, 16, 1, 4)),
        new BadPacked(
            "table too long", Cause.CHAIN_TOO_LONG, r -> r.put(spare(r), 16 * (SIZE + 1), 1, 4)),
        new BadPacked(
            "table with next",
            Cause.INDIRECT_MISPLACED,
            r -> {
              r.put(spare(r), 16, 1, 4 | 1);
              r.put(BASE, 100, 1, 0);
            }),
        new BadPacked(
            "table in a table",
            Cause.INDIRECT_MISPLACED,
            r -> {
              entry(r, 0, spare(r), 16, 0, 4);
              r.put(spare(r), 16, 1, 4);
            }));
  }

  @ParameterizedTest
  @MethodSource("packedChains")
  void aBadPackedChainComesBackEmptyAndTheNextGoesOn(BadPacked bad) {
    try (RingRig rig = packed()) {
      PackedDriverRing ring = (PackedDriverRing) rig.driver.transmitRing();
      bad.put().accept(ring);
      ring.put(BASE + 4096, 100, 2, 0);
      ring.publish();
      assertEquals(1, rig.peek().packetCount());
      rig.acceptAndComplete(1);
      rig.pair.flush();
      assertEquals(1, rig.dropped(true, bad.cause()));
      assertEquals(List.of(), rig.errors);
    }
  }

  @Test
  void aPackedChainWithoutEndBreaksTheRing() {
    try (RingRig rig = packed()) {
      PackedDriverRing ring = (PackedDriverRing) rig.driver.transmitRing();
      for (int i = 0; i < SIZE; i++) {
        ring.put(BASE, 100, i, 1);
      }
      ring.publish();
      assertEquals(0, rig.peek().packetCount());
      assertEquals(1, rig.errors.size());
      assertTrue(rig.errors.getFirst().contains("no end"), rig.errors::toString);
    }
  }

  @Test
  void moreThanTheRingIsNotTaken() {
    try (RingRig rig = packed()) {
      PackedDriverRing ring = (PackedDriverRing) rig.driver.receiveRing();
      // All of the ring, and again with the other wrap counter before anything came back.
      for (int i = 0; i < 2 * SIZE; i++) {
        ring.put(BASE + 4096, 100, i % SIZE, 2);
      }
      ring.publish();
      for (int i = 0; i < 4; i++) {
        rig.post();
      }
      assertTrue(rig.posted.size() <= SIZE, "holds " + rig.posted.size());
      assertEquals(List.of(), rig.errors);
    }
  }

  @Test
  void anyBytesInTheRingAreBorne() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      long features = RingRig.COMMON | (random.nextLong() & 0xc_3000_0000L | random.nextInt() & 1);
      try (RingRig rig = new RingRig(features, SIZE)) {
        long rings = 2 * DriverRing.bytesNeeded(SIZE);
        for (int round = 0; round < 50; round++) {
          for (int i = 0; i < 40; i++) {
            long at = random.nextLong(rings);
            rig.memory.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(8));
          }
          rig.reflectWhatFits();
        }
        rig.takeBack();
      }
    }
  }

  @Test
  void afterABrokenRingANewOneWorks() {
    try (RingRig rig = new RingRig(RingRig.COMMON, SIZE)) {
      SplitDriverRing ring = (SplitDriverRing) rig.driver.transmitRing();
      ring.setAvailableIndex(200);
      rig.peek();
      assertEquals(1, rig.errors.size());
      rig.takeBack();
      ring.setAvailableIndex(0);
      rig.pair.setTransmit(rig.layout(ring, 0));
      byte[] frame = RoundTripTest.frame(new Random(1), 200);
      rig.driver.postReceive();
      assertNotNull(rig.driver.send(frame));
      assertEquals(1, rig.reflect());
      GuestDriver.Received got = rig.driver.receive();
      assertNotNull(got);
      assertArrayEquals(frame, got.frame());
    }
  }
}
