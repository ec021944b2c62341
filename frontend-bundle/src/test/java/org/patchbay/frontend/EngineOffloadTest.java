package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.Vlan;
import org.patchbay.api.control.NicSettings;
import org.patchbay.frontend.ScriptedQueue.Transmit;
import org.patchbay.frontend.offload.RecordingQueue;

/** A guest that relies on segmentation, while backends with and without it come and go. */
@Timeout(60)
class EngineOffloadTest {

  private static final long HOLD_NANOS = 10_000_000_000L;
  private static final int PAIRS = 2;

  private final ScriptedQueue fallback = new ScriptedQueue(Transmit.DROP);
  private final ScriptedEndpoint endpoint = new ScriptedEndpoint(fallback);
  private final Arena arena = Arena.ofShared();
  private final GuestMemory memory = GuestMemory.of(arena.allocate(PAIRS * StreamingRings.BYTES));
  private final StreamingRings rings = new StreamingRings(memory, 0);
  private final StreamingRings second = new StreamingRings(memory, 1);
  private final List<RecordingQueue> queues = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // start() comes first in every test
  private EngineWorker worker;

  @SuppressWarnings("NullAway.Init") // start() comes first in every test
  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    worker = new EngineWorker("test-worker", 20_000, ParkWait::new, new StuckWatch());
    coordinator =
        new Coordinator(
            new EngineSettings(
                NicSettings.of("nic0"), "test", MacAddress.forName("nic0"), 1500, HOLD_NANOS),
            endpoint,
            List.of(rings, second),
            List.of(worker),
            warning -> fail(warning));
    rings.include(second.port()); // the first of those that share a queue names their memory
    coordinator.start();
    useBoth(false);
    await("the fallback serves", () -> endpoint.reports.size() == 1);
  }

  /** Lets the guest use its second ring pair, which shares the only queue, or not. */
  private void useBoth(boolean both) throws Exception {
    coordinator.changeRings(
        Withdrawal.BUFFERS, resting -> resting.setActivePairs(both ? PAIRS : 1));
  }

  @AfterEach
  void close() {
    assertTrue(coordinator.end(5_000), "the coordinator must end");
    worker.close();
    assertEquals(rings.accepted, rings.completed, "each transmit ended exactly once");
    assertEquals(0, counters().idsOutstanding.get());
    assertEquals(0, counters().refusedIds.get());
    assertEquals(List.of(), endpoint.failures);
    assertEquals(second.accepted, second.completed, "each transmit ended exactly once");
    arena.close();
  }

  private PortCounters counters() {
    return coordinator.pairs().get(0).counters();
  }

  private RecordingQueue plug(TxOffloadSupport offloads, int most, boolean pending)
      throws InterruptedException {
    RecordingQueue queue = new RecordingQueue();
    queue.most = most;
    queue.pending = pending;
    queues.add(queue);
    endpoint.offloads = offloads;
    plug(queue);
    return queue;
  }

  private void plug(Queue queue) throws InterruptedException {
    int before = endpoint.reports.size();
    endpoint.plug(queue);
    await("the queue is plugged", () -> endpoint.reports.size() > before);
  }

  @Test
  void theStreamGoesOnAcrossSwapsWithoutAGap() throws Exception {
    TxOffloadSupport checksums = new TxOffloadSupport(true, true, true, false, false);
    int frames = 0;
    for (int round = 0; round < 60; round++) {
      switch (round % 5) {
        case 0 -> plug(TxOffloadSupport.NONE, 3, false);
        case 1 -> plug(TxOffloadSupport.ALL, Integer.MAX_VALUE, false);
        case 2 -> plug(TxOffloadSupport.NONE, Integer.MAX_VALUE, true);
        case 3 -> plug(checksums, 1, true);
        default -> plug(TxOffloadSupport.NONE, Integer.MAX_VALUE, false);
      }
      rings.order(40);
      frames += 40;
      int some = frames - 30;
      await("some frames pass", () -> rings.completed >= some);
    }
    int all = frames;
    await("all frames pass", () -> rings.completed == all);
    assertEquals(0, rings.missing(queues, frames));
    assertEquals(frames, counters().txPackets.get());
    assertEquals(0, counters().txLost.get());
    assertTrue(counters().txTreated.get() > frames / 2, "software did something");
    // Whole frames went where they could, and only there.
    assertTrue(
        queues.get(1).sent.stream().anyMatch(sent -> sent.frame().length > StreamingRings.PAYLOAD));
    for (int i = 0; i < queues.size(); i++) {
      boolean capable = i % 5 == 1;
      assertTrue(
          capable
              || queues.get(i).sent.stream()
                  .allMatch(sent -> sent.frame().length < 2 * StreamingRings.SEGMENT));
    }
  }

  @Test
  void pairsThatShareAQueueKeepTheirStreamsApart() throws Exception {
    useBoth(true);
    for (int round = 0; round < 12; round++) {
      plug(TxOffloadSupport.NONE, round % 3 == 0 ? 3 : Integer.MAX_VALUE, round % 2 == 0);
      rings.order(20);
      second.order(20);
      int some = round * 20 + 5;
      await("frames of both pass", () -> rings.completed >= some && second.completed >= some);
    }
    await("all frames pass", () -> rings.completed == 240 && second.completed == 240);
    assertEquals(0, rings.missing(queues, 240));
    assertEquals(0, second.missing(queues, 240));
  }

  @Test
  void aTagGoesWithEverySegmentHoweverTheEndpointTakesIt() throws Exception {
    rings.vlan = Vlan.of(3, false, 77);
    RecordingQueue taking = plug(TxOffloadSupport.NONE, Integer.MAX_VALUE, false);
    rings.order(1);
    await("the frame passes", () -> rings.completed == 1);
    endpoint.carriesVlan = false;
    RecordingQueue other = plug(TxOffloadSupport.NONE, Integer.MAX_VALUE, false);
    rings.order(1);
    await("the frame passes", () -> rings.completed == 2);
    assertEquals(StreamingRings.PAYLOAD / StreamingRings.SEGMENT, taking.sent.size());
    assertEquals(taking.sent.size(), other.sent.size());
    for (int i = 0; i < taking.sent.size(); i++) {
      assertEquals(rings.vlan, taking.sent.get(i).vlan());
      assertEquals(Vlan.NONE, other.sent.get(i).vlan());
      assertEquals(
          Vlan.ETHER_TYPE << 16 | rings.vlan,
          ByteBuffer.wrap(other.sent.get(i).frame()).getInt(12));
    }
  }

  @Test
  void whatABackendTakesWithItIsLostAndCounted() throws Exception {
    RecordingQueue stuck = plug(TxOffloadSupport.NONE, Integer.MAX_VALUE, true);
    stuck.stuck = true;
    rings.order(20);
    // All ids for segments are out: 128 of the 240 segments of 20 frames; the guest has 8 slots.
    await("the backend is full", () -> rings.accepted == StreamingRings.SLOTS);
    plug(TxOffloadSupport.NONE, Integer.MAX_VALUE, false);
    assertEquals(StreamingRings.SLOTS, endpoint.reports.getLast().framesLost());
    await("the rest passes", () -> rings.completed == 20);
    assertEquals(StreamingRings.SLOTS, counters().txLost.get());
    assertEquals(StreamingRings.SLOTS * StreamingRings.PAYLOAD, rings.missing(queues, 20));
  }

  /** Sends one frame, of which a backend accepts 5 segments and keeps them. */
  private RecordingQueue sendHalf() throws Exception {
    RecordingQueue slow = new RecordingQueue();
    slow.pending = true;
    slow.stuck = true;
    slow.room = 5;
    plug(slow);
    rings.order(1);
    await("a part is accepted", () -> coordinator.pairs().get(0).transmits().inFlight() == 5);
    assertEquals(0, rings.accepted);
    return slow;
  }

  @Test
  void aFrameInTheMiddleIsDroppedWithTheLink() throws Exception {
    sendHalf();
    endpoint.link(false);
    await("the frame is dropped", () -> counters().txDropped.get() == 1);
    assertEquals(0, rings.completed, "its segments are under way");
    endpoint.link(true);
    plug(TxOffloadSupport.ALL, 9, false);
    await("it ends with the queue", () -> rings.completed == 1);
    rings.order(1);
    await("the next one is another", () -> rings.completed == 2);
  }

  @Test
  void aFrameInTheMiddleBeginsAnewWhenItsRingWasStopped() throws Exception {
    sendHalf().room = 0;
    coordinator.changeRings(Withdrawal.BUFFERS, resting -> resting.takeBack(0));
    RecordingQueue next = plug(TxOffloadSupport.NONE, 100, false);
    await("the frame passes", () -> rings.completed == 1);
    assertEquals(0, rings.missing(List.of(next), 1));
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("not within 10 s: " + what);
      }
      TimeUnit.MICROSECONDS.sleep(100);
    }
  }
}
