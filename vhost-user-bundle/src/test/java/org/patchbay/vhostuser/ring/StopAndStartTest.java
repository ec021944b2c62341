package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.RxMetadata;
import org.patchbay.frontend.RingPair;

/** Rings that stop with buffers taken, and go on later. */
class StopAndStartTest {

  private static final int SIZE = 16;

  static Stream<Long> kinds() {
    long packed = 1L << Features.RING_PACKED;
    long inOrder = 1L << Features.IN_ORDER;
    return Stream.of(0L, packed, inOrder, packed | inOrder).map(bits -> RingRig.COMMON | bits);
  }

  private static byte[] frame(int seed) {
    return RoundTripTest.frame(new Random(seed), 100);
  }

  private static void receive(RingRig rig, int seed) {
    rig.receive(frame(seed), new RxMetadata().set(0, 100));
  }

  private static void assertReceived(RingRig rig, int seed) {
    GuestDriver.Received frame = rig.driver.receive();
    assertNotNull(frame);
    assertArrayEquals(frame(seed), frame.frame());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void buffersThatWereTakenAreTakenAgain(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      assertEquals(SIZE, rig.posted.size());
      for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 5; i++) {
          receive(rig, 10 * round + i);
        }
        rig.takeBack();
        rig.restart();
        for (int i = 0; i < 5; i++) {
          assertReceived(rig, 10 * round + i);
        }
        assertNull(rig.driver.receive());
        rig.postAll();
        assertEquals(SIZE - 5, rig.posted.size(), "what was not given back is there again");
        rig.driver.postReceive();
        rig.postAll();
        assertEquals(SIZE, rig.posted.size());
      }
      assertEquals(List.of(), rig.errors);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void moreMemoryLeavesBuffersThatWereTakenAsTheyAre(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      receive(rig, 1);
      rig.pair.extendMemory(
          List.of(
              new GuestRegion(RingRig.GUEST_BASE, rig.memory),
              new GuestRegion(1L << 40, rig.arena.allocate(4096))),
          rig.pair.ownRegions());
      assertReceived(rig, 1);
      receive(rig, 2);
      assertReceived(rig, 2);
      assertNull(rig.driver.receive());
      assertEquals(SIZE - 2, rig.posted.size());
      assertEquals(List.of(), rig.errors);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void buffersThatWereTakenAreTakenAgainWithoutARestart(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      receive(rig, 1);
      rig.takeBack();
      assertReceived(rig, 1);
      rig.postAll();
      assertEquals(SIZE - 1, rig.posted.size());
      receive(rig, 2);
      assertReceived(rig, 2);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void holesAreCompletedWithNothing(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      int oldest = rig.posted.remove();
      int second = rig.posted.remove();
      receive(rig, 3); // the third in the ring
      rig.posted.addFirst(second);
      rig.posted.addFirst(oldest);
      rig.takeBack();
      int frames = 0;
      int empty = 0;
      for (GuestDriver.Received got = rig.driver.receive();
          got != null;
          got = rig.driver.receive()) {
        if (got.frame().length == 0) {
          empty++;
        } else {
          assertArrayEquals(frame(3), got.frame());
          frames++;
        }
      }
      assertEquals(1, frames);
      assertEquals(2, empty);
      rig.restart();
      rig.postAll();
      assertEquals(SIZE - 3, rig.posted.size());
      receive(rig, 4);
      assertReceived(rig, 4);
      assertEquals(3, rig.driver.postReceive(3, RingRig.SLOT, ChainShape.WHOLE, false));
      rig.driver.receiveRing().publish();
      rig.postAll();
      assertEquals(SIZE - 1, rig.posted.size());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatWasShownButNotAcceptedIsShownAgain(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      for (int i = 0; i < 6; i++) {
        assertTrue(
            rig.driver.send(frame(i), GuestDriver.Header.NONE, ChainShape.HEADER_APART, false));
      }
      rig.driver.transmitRing().publish();
      assertEquals(6, rig.peek().packetCount());
      assertEquals(6, rig.peek().packetCount(), "a second look shows the same");
      rig.acceptAndComplete(2);
      rig.takeBack();
      assertEquals(2, rig.driver.reclaim());
      rig.restart();
      assertEquals(4, rig.peek().packetCount());
      rig.acceptAndComplete(4);
      rig.pair.flush();
      assertEquals(4, rig.driver.reclaim());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void completionsOutOfOrderComeBackOnce(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      for (int round = 0; round < 30; round++) {
        for (int i = 0; i < 8; i++) {
          assertTrue(rig.driver.send(frame(i), GuestDriver.Header.NONE, ChainShape.WHOLE, false));
        }
        rig.driver.transmitRing().publish();
        int[] ids = new int[8];
        var packets = rig.peek();
        assertEquals(8, packets.packetCount());
        for (int i = 0; i < 8; i++) {
          ids[i] = packets.id(i);
        }
        rig.pair.acceptTransmits(8);
        int[] order = {3, 1, 0, 7, 2, 6, 4, 5};
        for (int i : order) {
          rig.pair.completeTransmits(new int[] {ids[i]}, 1);
          rig.pair.flush();
        }
        assertEquals(8, rig.driver.reclaim());
      }
      assertEquals(List.of(), rig.errors);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aSplitRingGoesOnAtItsUsedIndex(long features) {
    if (Features.has(features, Features.RING_PACKED)) {
      return; // only a split ring shows where it was
    }
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      receive(rig, 1);
      // The device is gone without a word; its successor is told base 0.
      rig.posted.clear();
      rig.pair.setReceive(rig.layout(rig.driver.receiveRing(), 0));
      rig.lend(rig.arena, false);
      rig.reposted();
      assertEquals(SIZE - 1, rig.posted.size());
      receive(rig, 2);
      assertReceived(rig, 1);
      assertReceived(rig, 2);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void discardedBuffersServeAgainOrComeBackEmpty(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      int[] ids = {rig.posted.remove(), rig.posted.remove()};
      rig.discard(ids);
      rig.postAll();
      boolean inOrder = Features.has(features, Features.IN_ORDER);
      assertEquals(inOrder ? SIZE - 2 : SIZE, rig.posted.size());
      receive(rig, 1);
      if (inOrder) {
        for (int i = 0; i < 2; i++) {
          GuestDriver.Received empty = rig.driver.receive();
          assertNotNull(empty);
          assertEquals(0, empty.frame().length);
        }
      }
      assertReceived(rig, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void nothingCanBeWrittenOnceTheRingStopped(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      int id = rig.posted.element();
      rig.takeBack();
      assertEquals(BufferAccess.NOT_POSTED, rig.access.capacity(id));
      rig.postAll();
      assertEquals(RingRig.SLOT - 12, rig.access.capacity(id));
      rig.pair.setReceive(null);
      assertEquals(BufferAccess.NOT_POSTED, rig.access.capacity(id));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void accessToAnOlderRingsBuffersGivesNothingOfTheNextOne(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      BufferAccess old = rig.access;
      int id = rig.posted.element();
      assertEquals(RingRig.SLOT - 12, old.capacity(id));
      rig.takeBack();
      rig.restart();
      rig.postAll();
      assertEquals(id, rig.posted.element());
      byte[] frame = frame(1);
      assertEquals(RingRig.SLOT - 12, rig.access.capacity(id));
      assertEquals(BufferAccess.NOT_POSTED, old.capacity(id));
      assertEquals(
          BufferAccess.NOT_POSTED,
          old.writeData(id, MemorySegment.ofArray(frame), 0, frame.length));
      receive(rig, 2);
      assertReceived(rig, 2);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatWasLentIsRevokedAndWhatIsLentNextHasTheSameBuffers(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      int id = rig.posted.element();
      byte[] frame = frame(1);
      MemorySegment source = MemorySegment.ofArray(frame);
      Arena first = Arena.ofShared();
      BufferAccess late = rig.lend(first, false);
      RxMetadata metadata = new RxMetadata().set(0, 77);
      assertEquals(BufferAccess.WRITTEN, late.writeMetadata(id, metadata));
      first.close();
      assertThrows(IllegalStateException.class, () -> late.writeMetadata(id, metadata));
      assertThrows(IllegalStateException.class, () -> late.writeData(id, source, 0, frame.length));
      assertThrows(
          IllegalStateException.class,
          () -> late.guestMemory().write(RingRig.GUEST_BASE, source, 0, frame.length));
      rig.lend(rig.arena, true);
      assertEquals(BufferAccess.NOT_POSTED, late.writeData(id, source, 0, frame.length));
      assertEquals(RingRig.SLOT - 12, rig.access.capacity(id));
      receive(rig, 2);
      assertReceived(rig, 2);
      assertEquals(0, rig.refused);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aRingThatIsDisabledGetsNoFramesInBuffersThatItPostedBefore(long features) {
    try (RingRig rig = new RingRig(features, SIZE)) {
      rig.driver.postReceive();
      rig.postAll();
      int[] ids = {rig.posted.element()};
      rig.pair.setEnabled(false, true);
      byte[] frame = frame(1);
      assertEquals(
          BufferAccess.WRITTEN,
          rig.access.writePacket(
              ids[0],
              new RxMetadata().set(0, frame.length),
              MemorySegment.ofArray(frame),
              0,
              frame.length));
      assertEquals(RingPair.DISCARDED, rig.pair.deliver(ids, 1));
      rig.pair.flush();
      GuestDriver.Received received = rig.driver.receive();
      assertTrue(received == null || received.frame().length == 0, "a frame came");
    }
  }
}
