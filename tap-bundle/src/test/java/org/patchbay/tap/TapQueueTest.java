package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.api.ChecksumState;
import org.patchbay.api.InspectNode;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;
import org.patchbay.linux.OpenFiles;
import org.patchbay.linux.Requirements;

/** Frames through a real TAP, seen by a peer on another port of its bridge. */
@Timeout(60)
@DisplayNameGeneration(ContractLineNames.class)
class TapQueueTest {
  private static final long SHORT_TIME = TimeUnit.MILLISECONDS.toNanos(20);

  private long descriptorsBefore;
  private TapRig rig;
  private TapEndpoint endpoint;
  private Queue queue;

  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  @BeforeEach
  void open() throws Exception {
    descriptorsBefore = OpenFiles.count();
    rig = TapRig.create();
    endpoint = rig.endpoint();
    queue = rig.queue(endpoint);
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    queue.close();
    endpoint.close();
    endpoint.close();
    rig.close();
    assertEquals(descriptorsBefore, OpenFiles.count());
  }

  private void assertSent(int count, TxBatch batch) {
    assertEquals(TxResult.complete(count), queue.txAvail(rig.buffers, batch));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 64, 65, 200})
  void framesGoOutAsTheyWereSentAndInOrder(int count) throws Exception {
    TxBatch batch = new TxBatch(count, count * 8);
    List<byte[]> frames = new ArrayList<>();
    Random random = new Random(count);
    for (int i = 0; i < count; i++) {
      // Small ones that are copied, and large ones that are written from where they lie.
      byte[] frame = Frames.plain(60 + random.nextInt(i % 5 == 4 ? 8000 : 1900), i);
      frames.add(frame);
      int[] pieces = IntStream.range(0, random.nextInt(7)).map(p -> random.nextInt(9)).toArray();
      rig.buffers.addPacket(batch, i, 0, frame, pieces);
    }
    assertSent(count, batch);
    List<byte[]> received = rig.read(count);
    for (int i = 0; i < count; i++) {
      assertArrayEquals(frames.get(i), received.get(i));
    }
    assertEquals(count, queue.statistics().txPackets());
    assertEquals(0, queue.statistics().txErrors());
    assertEquals(0, queue.txPoll(rig.buffers, new int[1], 1));
  }

  @Test
  void aPacketOverTheBorderOfTwoRegionsGoesOutWhole() throws Exception {
    TxBatch batch = new TxBatch(2, 2);
    byte[] large = Frames.plain(7000, 1);
    byte[] small = Frames.plain(700, 2);
    long address = GuestBuffers.border() - 600;
    rig.buffers.put(address, large, 0, large.length);
    batch.addPacket(1, 1, 0, large.length, address, large.length);
    assertSent(1, batch);
    assertArrayEquals(large, rig.read(1).getFirst());
    batch.clear();
    rig.buffers.put(address, small, 0, small.length);
    batch.addPacket(2, 1, 0, small.length, address, small.length);
    assertSent(1, batch);
    assertArrayEquals(small, rig.read(1).getFirst());
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 5000})
  @ContractLine("T6")
  void aVlanOfTheMetadataIsInsertedIntoTheFrame(int length) throws Exception {
    TxBatch batch = new TxBatch(8, 16);
    byte[] frame = Frames.plain(length, 3);
    for (int i = 0; i < 5; i++) {
      rig.buffers.addPacket(batch, i, 0, frame, 5, 6);
      batch.setVlan(Vlan.of(5, true, 100 + i));
    }
    assertSent(5, batch);
    List<byte[]> received = rig.read(5);
    for (int i = 0; i < 5; i++) {
      byte[] tagged = received.get(i);
      assertEquals(length + 4, tagged.length);
      assertArrayEquals(Arrays.copyOf(frame, 12), Arrays.copyOf(tagged, 12));
      assertArrayEquals(
          new byte[] {(byte) 0x81, 0, (byte) 0xb0, (byte) (100 + i)},
          Arrays.copyOfRange(tagged, 12, 16));
      assertArrayEquals(
          Arrays.copyOfRange(frame, 12, length), Arrays.copyOfRange(tagged, 16, length + 4));
    }
    assertEquals(5, queue.statistics().txVlanPackets());
  }

  @Test
  void badPacketsAreDroppedAloneAndCounted() throws Exception {
    TxBatch batch = new TxBatch(16, 600);
    byte[] good = Frames.plain(100, 4);
    rig.buffers.addPacket(batch, 0, 0, good);
    batch.addPacket(1, 1, 0, 100, 0, 100); // before guest memory
    rig.buffers.addPacket(batch, 2, 0, good);
    batch.addPacket(3, 1, 0, 100, GuestBuffers.BASE, 90); // lengths do not add up
    batch.addPacket(4, 2, 0, 100, GuestBuffers.BASE, 100); // a segment is missing
    batch.addPacket(5, 1, 0, 0, GuestBuffers.BASE, 0); // empty
    batch.addPacket(6, 1, 0, 9000, Long.MAX_VALUE - 10, 9000); // wraps around
    batch.addPacket(7, 1, 0, 13, GuestBuffers.BASE, 13); // shorter than an Ethernet header
    batch.addPacket(8, 3, 0, 9000, GuestBuffers.BASE, 9000); // two segments are missing
    rig.buffers.addPacket(batch, 9, 0, good);
    batch.addPacket(10, 1, 0, -5, GuestBuffers.BASE, -5);
    batch.addPacket(11, 256, 0, 256, GuestBuffers.BASE, 1);
    for (int i = 1; i < 256; i++) {
      batch.addSegment(GuestBuffers.BASE, 1);
    }
    assertSent(12, batch);
    for (byte[] frame : rig.read(3)) {
      assertArrayEquals(good, frame);
    }
    assertEquals(3, queue.statistics().txPackets());
    assertEquals(9, queue.statistics().txErrors());
    batch.clear();
    assertSent(0, batch);
  }

  @Test
  @ContractLine("T7")
  void framesComeIntoTheBuffersInTheOrderPosted() throws Exception {
    int[] ids = {7, -1, Integer.MIN_VALUE, 0, 99, 3};
    rig.post(queue, 9018, ids);
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      frames.add(Frames.plain(60 + i * 1700, i));
      rig.send(frames.get(i));
    }
    List<GuestBuffers.Received> received = rig.receive(queue, ids.length);
    for (int i = 0; i < ids.length; i++) {
      assertEquals(ids[i], received.get(i).id());
      assertArrayEquals(frames.get(i), received.get(i).frame());
      assertEquals(0, received.get(i).metadata().offset());
      assertEquals(Vlan.NONE, received.get(i).metadata().vlan());
    }
    assertEquals(ids.length, queue.statistics().rxPackets());
  }

  @Test
  void aBurstIsReceivedWholeAndInOrder() throws Exception {
    int count = 300;
    rig.post(queue, 1518, IntStream.range(0, count).toArray());
    for (int i = 0; i < count; i++) {
      rig.send(Frames.plain(60 + i, i));
    }
    List<GuestBuffers.Received> received = rig.receive(queue, count);
    for (int i = 0; i < count; i++) {
      assertEquals(i, received.get(i).id());
      assertArrayEquals(Frames.plain(60 + i, i), received.get(i).frame());
    }
    assertFalse(queue.pollReady(rig.buffers));
  }

  @Test
  void aFrameLongerThanItsBufferIsDroppedAndTheBufferStaysUsable() throws Exception {
    rig.post(queue, 500, 1, 2);
    rig.send(Frames.plain(501, 1));
    byte[] fits = Frames.plain(500, 2);
    rig.send(fits);
    rig.send(Frames.plain(8000, 3));
    rig.send(fits);
    List<GuestBuffers.Received> received = rig.receive(queue, 2);
    assertEquals(1, received.get(0).id());
    assertArrayEquals(fits, received.get(0).frame());
    assertEquals(2, received.get(1).id());
    assertArrayEquals(fits, received.get(1).frame());
    assertEquals(2, queue.statistics().rxErrors());
    assertEquals(2, queue.statistics().rxPackets());
  }

  @Test
  void anInjectedFrameHasNoVerifiedChecksum() throws Exception {
    rig.post(queue, 1518, 1);
    rig.send(Frames.plain(60, 1));
    var metadata = rig.receive(queue, 1).getFirst().metadata();
    assertEquals(ChecksumState.UNKNOWN, metadata.ipChecksum());
    assertEquals(ChecksumState.UNKNOWN, metadata.l4Checksum());
  }

  @Test
  void withoutBuffersAReadableTapLetsTheWorkerSleep() throws Exception {
    rig.send(Frames.plain(60, 1));
    for (int i = 0; i < 3; i++) {
      assertFalse(queue.pollReady(rig.buffers));
      assertFalse(rig.worker().await(SHORT_TIME), "nothing may wake the worker");
    }
    assertEquals(0, queue.rxPoll(rig.buffers, new int[4], 4));
    rig.post(queue, 1518, 5);
    assertTrue(rig.worker().await(TimeUnit.SECONDS.toNanos(10)), "a buffer makes it ready");
    assertTrue(queue.pollReady(rig.buffers));
    assertEquals(5, rig.receive(queue, 1).getFirst().id());
  }

  @Test
  void aFrameWakesASleepingWorker() throws Exception {
    rig.post(queue, 1518, 1, 2, 3);
    for (int id = 1; id <= 3; id++) {
      assertFalse(queue.pollReady(rig.buffers));
      assertFalse(rig.worker().await(SHORT_TIME));
      assertFalse(queue.pollReady(rig.buffers));
      Thread sender = Thread.ofPlatform().start(() -> rig.send(Frames.plain(60, 1)));
      assertTrue(rig.worker().await(TimeUnit.SECONDS.toNanos(10)));
      assertEquals(id, rig.receive(queue, 1).getFirst().id());
      sender.join();
    }
  }

  @Test
  void aFrameThatComesBetweenCheckAndSleepIsNotMissed() throws Exception {
    int[] ids = new int[4];
    for (int i = 0; i < 200; i++) {
      rig.post(queue, 1518, i);
      Thread sender = Thread.ofPlatform().start(() -> rig.send(Frames.plain(60, 1)));
      while (queue.rxPoll(rig.buffers, ids, 4) == 0) {
        if (!queue.pollReady(rig.buffers)) {
          assertTrue(rig.worker().await(TimeUnit.SECONDS.toNanos(10)), "a wake-up was lost");
        }
      }
      assertEquals(i, rig.buffers.take(ids[0]).id());
      sender.join();
    }
  }

  @Test
  void staleFramesAreDroppedAtTheFirstQueuesButNotAtARestart() throws Exception {
    rig.post(queue, 1518, 1);
    rig.send(Frames.plain(60, 1));
    assertTrue(queue.pollReady(rig.buffers), "it is read ahead");
    queue.close();
    rig.send(Frames.plain(61, 2));
    queue = rig.queue(endpoint);
    rig.post(queue, 1518, 1, 2);
    List<GuestBuffers.Received> received = rig.receive(queue, 2);
    assertEquals(60, received.get(0).frame().length);
    assertEquals(61, received.get(1).frame().length);

    rig.send(Frames.plain(62, 3));
    rig.post(queue, 1518, 3);
    assertTrue(queue.pollReady(rig.buffers));
    queue.close();
    endpoint.stop();
    for (int i = 0; i < 100; i++) {
      rig.send(Frames.plain(63, i));
    }
    queue = rig.queue(endpoint);
    rig.post(queue, 1518, 4);
    assertFalse(queue.pollReady(rig.buffers));
    rig.send(Frames.plain(64, 5));
    assertEquals(64, rig.receive(queue, 1).getFirst().frame().length);
  }

  @Test
  @ContractLine("T9")
  void whileTheInterfaceIsDownPacketsAreDroppedAndCounted() throws Exception {
    rig.namespace.ip("link", "set", "near", "down");
    TxBatch batch = new TxBatch(8, 8);
    for (int count : new int[] {1, 8}) {
      batch.clear();
      for (int i = 0; i < count; i++) {
        rig.buffers.addPacket(batch, i, 0, Frames.plain(60, i));
      }
      assertSent(count, batch);
    }
    batch.clear();
    rig.buffers.addPacket(batch, 1, 0, Frames.plain(5000, 1));
    assertSent(1, batch);
    assertEquals(10, queue.statistics().txErrors());
    assertEquals(0, queue.statistics().txPackets());
    InspectNode node = new InspectNode();
    endpoint.inspect(node);
    assertTrue(node.render().contains("last-transmit-error: input/output error (EIO)"));

    rig.namespace.ip("link", "set", "near", "up");
    assertSent(1, batch);
    assertArrayEquals(Frames.plain(5000, 1), rig.read(1).getFirst());
  }

  @Test
  void aDeletedInterfaceWakesTheWorkerAndIsFatal() throws Exception {
    rig.post(queue, 1518, 1);
    assertFalse(queue.pollReady(rig.buffers));
    assertNull(queue.failure());
    rig.namespace.ip("link", "del", "near");
    assertTrue(rig.worker().await(TimeUnit.SECONDS.toNanos(10)));
    assertTrue(queue.pollReady(rig.buffers));
    assertEquals(Queue.FATAL, queue.rxPoll(rig.buffers, new int[4], 4));
    Throwable failure = queue.failure();
    assertNotNull(failure);
    assertEquals(
        "there is no such network interface: the interface near was deleted", failure.getMessage());
    TxBatch batch = new TxBatch(1, 1);
    rig.buffers.addPacket(batch, 1, 0, Frames.plain(60, 1));
    assertEquals(Queue.FATAL, queue.txAvail(rig.buffers, batch));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void transmittingToADeletedInterfaceIsFatal(int count) throws Exception {
    rig.namespace.ip("link", "del", "near");
    TxBatch batch = new TxBatch(8, 8);
    for (int i = 0; i < count; i++) {
      rig.buffers.addPacket(batch, i, 0, Frames.plain(60, i));
    }
    assertEquals(Queue.FATAL, queue.txAvail(rig.buffers, batch));
    assertEquals(0, queue.statistics().txPackets());
  }

  @Test
  void anIdThatTheFrontendRefusesIsFatal() throws Exception {
    int[] ids = {5};
    assertEquals(0, queue.rxAvail(rig.buffers, ids, 1)); // never made a buffer
    rig.send(Frames.plain(60, 1));
    assertTrue(queue.pollReady(rig.buffers) || rig.worker().await(-1));
    assertEquals(Queue.FATAL, queue.rxPoll(rig.buffers, ids, 1));
    assertTrue(String.valueOf(queue.failure()).contains("receive buffer 5"));
  }

  @Test
  void afterItsEndAQueueTouchesNothing() throws Exception {
    rig.post(queue, 1518, 1);
    queue.close();
    queue.close();
    rig.send(Frames.plain(60, 1));
    assertFalse(queue.pollReady(rig.buffers));
    assertFalse(rig.worker().await(SHORT_TIME));
    assertEquals(Queue.FATAL, queue.rxPoll(rig.buffers, new int[1], 1));
    TxBatch batch = new TxBatch(1, 1);
    rig.buffers.addPacket(batch, 1, 0, Frames.plain(60, 1));
    assertEquals(Queue.FATAL, queue.txAvail(rig.buffers, batch));
    assertTrue(rig.readWaiting().isEmpty());
  }
}
