package org.patchbay.frontend.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.Vlan;

/** What the stage does step by step. */
class SoftwareOffloadTest {

  private static final int ID = ModelEngine.FIRST_ID;
  private final ModelEngine engine = new ModelEngine(0);

  private static IpFrame tcp(int payload) {
    return IpFrame.random(new Random(payload), false, IpFrame.TCP, payload);
  }

  private void send(int id, IpFrame frame, int size) {
    engine.guest.send(id, frame.segmentationFlags(), frame.unfinished(), size);
  }

  @Test
  void aBatchThatNeedsNothingIsNotTreated() {
    TxBatch batch = new TxBatch(4, 4);
    engine.guest.send(ID, TxFlags.IPV4, new byte[60], 0);
    assertFalse(engine.offload.treats(engine.guest.peek(batch)));
    IpFrame frame = tcp(100);
    engine.guest.send(ID + 1, frame.checksumFlags(), frame.unfinished(), 0);
    assertTrue(engine.offload.treats(engine.guest.peek(batch)));
    engine.offload.begin(TxOffloadSupport.ALL.flags(), true);
    assertFalse(engine.offload.treats(engine.guest.peek(batch)));
    engine.offload.begin(TxOffloadSupport.ALL.flags(), false);
    assertFalse(engine.offload.treats(engine.guest.peek(batch)));
    engine.guest.send(ID + 2, 0, new byte[60], 0, Vlan.of(0, false, 5), new int[] {60});
    assertTrue(engine.offload.treats(engine.guest.peek(batch)));
  }

  @Test
  void untouchedPacketsKeepTheirPlaceAndTheirMetadata() {
    IpFrame frame = tcp(250);
    byte[] plain = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    send(ID, frame, 100);
    engine.guest.send(ID + 1, TxFlags.IPV4, plain, 1234, 77, new int[] {3, 11});
    engine.transmit();
    List<byte[]> expected = new ArrayList<>(frame.segments(100));
    expected.add(plain);
    RecordingQueue.assertFrames(expected, engine.queue.frames());
    RecordingQueue.Sent last = engine.queue.sent.getLast();
    assertEquals(ID + 1, last.id());
    assertEquals(77, last.vlan());
    assertEquals(TxFlags.IPV4, last.flags());
    assertEquals(2, last.segments());
    assertEquals(1234, engine.queue.last.maxSegmentSize(0));
    assertEquals(List.of(ID, ID + 1), engine.completed);
  }

  @Test
  void aPacketAcceptedInPartGoesOnInTheNextBackend() {
    IpFrame frame = tcp(5000);
    send(ID, frame, 1000);
    engine.queue.most = 2;
    assertEquals(2, engine.transmit());
    assertTrue(engine.offload.isBlocked());
    assertEquals(1, engine.guest.ring.size());
    // The next one could cut the packet itself, but its first two segments are sent already.
    engine.swap(TxFlags.OFFLOAD_TCP_SEGMENTATION);
    assertEquals(3, engine.transmit());
    RecordingQueue.assertFrames(frame.segments(1000), engine.queue.frames());
    assertEquals(List.of(ID), engine.completed);
    engine.swap(TxOffloadSupport.ALL.flags());
    send(ID, frame, 1000);
    assertEquals(1, engine.transmit());
    RecordingQueue.assertFrames(
        List.of(frame.unfinished()), List.of(engine.queue.sent.getLast().frame()));
  }

  @Test
  void anIdCompletesWithTheLastOfItsSegments() {
    send(ID, tcp(5000), 1000);
    engine.queue.pending = true;
    engine.queue.most = 3;
    engine.transmit();
    engine.poll(16);
    assertEquals(List.of(), engine.completed);
    engine.transmit();
    assertEquals(List.of(), engine.completed);
    assertTrue(engine.inFlight.contains(ID));
    engine.poll(1);
    assertEquals(List.of(), engine.completed);
    engine.poll(16);
    assertEquals(List.of(ID), engine.completed);
  }

  @Test
  void aSlowBackendStopsTheStageUntilIdsComeBack() {
    IpFrame frame = tcp(40_000);
    send(ID, frame, 100);
    engine.queue.pending = true;
    assertEquals(SoftwareOffload.DERIVED_IDS, engine.transmit());
    assertEquals(0, engine.transmit());
    assertTrue(engine.offload.isBlocked());
    engine.poll(10);
    assertEquals(10, engine.transmit());
    engine.finish();
    RecordingQueue.assertFrames(frame.segments(100), engine.queue.frames());
  }

  @Test
  void aFastBackendDoesNotBlockALargePacket() {
    IpFrame frame = tcp(60_000);
    send(ID, frame, 100);
    assertEquals(SoftwareOffload.DERIVED_IDS, engine.transmit());
    assertFalse(engine.offload.isBlocked());
    engine.finish();
    RecordingQueue.assertFrames(frame.segments(100), engine.queue.frames());
  }

  @Test
  void idsThatTheBackendDoesNotHoldAreRefused() {
    send(ID, tcp(2000), 1000);
    engine.queue.pending = true;
    engine.transmit();
    int first = engine.offload.inFlight();
    assertEquals(2, first);
    assertEquals(SoftwareOffload.REFUSED, engine.offload.complete(ID), "it was never given");
    int[] ids = new int[2];
    assertEquals(2, engine.queue.txPoll(engine.guest, ids, 2));
    assertEquals(SoftwareOffload.OPEN, engine.offload.complete(ids[0]));
    assertEquals(SoftwareOffload.REFUSED, engine.offload.complete(ids[0]), "a second time");
    assertEquals(ID, engine.offload.complete(ids[1]));
    assertEquals(5, engine.offload.complete(5), "the ledger's to judge");
  }

  @Test
  void aGuestThatExchangesAPacketInTheMiddleHarmsNobody() {
    send(ID, tcp(5000), 1000);
    engine.queue.pending = true;
    engine.queue.most = 2;
    engine.transmit();
    engine.guest.ring.clear();
    IpFrame other = tcp(1500);
    send(ID + 1, other, 1000);
    engine.queue.most = 9;
    engine.transmit();
    engine.poll(16);
    assertEquals(List.of(ID + 1), engine.completed);
    List<byte[]> frames = engine.queue.frames();
    RecordingQueue.assertFrames(other.segments(1000), frames.subList(2, frames.size()));
    assertEquals(0, engine.offload.inFlight());
  }

  @Test
  void aGuestThatShrinksAPacketInTheMiddleHarmsNobody() {
    for (int flags : new int[] {0, tcp(1).checksumFlags(), tcp(1).segmentationFlags()}) {
      engine.completed.clear();
      send(ID, tcp(5000), 1000);
      engine.queue.most = 2;
      engine.transmit();
      engine.guest.ring.clear();
      engine.guest.send(ID, flags, tcp(300).unfinished(), 1000);
      engine.queue.most = 9;
      engine.finish();
      assertEquals(List.of(ID), engine.completed);
    }
  }

  @Test
  void aPacketWhoseRingStoppedBeginsAnew() {
    IpFrame frame = tcp(3000);
    send(ID, frame, 1000);
    engine.queue.most = 2;
    engine.transmit();
    engine.swap(0);
    engine.offload.rewind();
    engine.queue.sent.clear();
    engine.transmit();
    RecordingQueue.assertFrames(frame.segments(1000), engine.queue.frames());
  }

  @Test
  void aBadPacketIsDroppedOnceAlthoughItIsOfferedTwice() {
    engine.guest.send(ID, 0, new byte[60], 0);
    engine.guest.send(ID + 1, TxFlags.IPV4 | TxFlags.OFFLOAD_TCP_CHECKSUM, new byte[60], 0);
    engine.guest.send(ID + 2, 0, new byte[60], 0);
    engine.queue.most = 0;
    assertEquals(0, engine.transmit());
    assertEquals(0, engine.dropped);
    engine.queue.most = 1;
    assertEquals(2, engine.transmit());
    assertEquals(List.of(ID, ID + 1), engine.completed);
    assertEquals(1, engine.dropped);
    engine.finish();
    assertEquals(List.of(ID, ID + 1, ID + 2), engine.completed);
    assertEquals(1, engine.dropped);
  }

  @Test
  void aFailureChangesNothing() {
    IpFrame frame = tcp(3000);
    send(ID, frame, 1000);
    engine.queue.most = 1;
    engine.transmit();
    engine.queue.failure = Queue.TRY_RESTART;
    assertEquals(Queue.TRY_RESTART, engine.transmit());
    engine.finish();
    RecordingQueue.assertFrames(frame.segments(1000), engine.queue.frames());
  }

  @Test
  void nothingIsAllocated() {
    for (int i = 0; i < 8; i++) {
      send(ID + i, tcp(4000 + i), 1000);
    }
    engine.queue.keeps = false;
    TxBatch batch = engine.guest.peek(new TxBatch(16, 256));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().threadId();
    long allocated = 0;
    for (int round = 0; round < 20; round++) {
      long before = threads.getThreadAllocatedBytes(thread);
      for (int i = 0; i < 2000; i++) {
        assertEquals(0, engine.offload.offer(engine.queue, engine.guest, batch));
      }
      allocated = threads.getThreadAllocatedBytes(thread) - before;
    }
    // Once compiled; what is left is the measurement's own.
    assertTrue(allocated < 2000, "2000 batches allocated " + allocated + " bytes");
  }
}
