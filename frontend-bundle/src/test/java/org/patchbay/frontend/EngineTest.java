package org.patchbay.frontend;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.control.NicSettings;
import org.patchbay.frontend.ScriptedQueue.Transmit;

class EngineTest {

  private final ScriptedQueue fallback = new ScriptedQueue(Transmit.DROP);
  private final ScriptedEndpoint endpoint = new ScriptedEndpoint(fallback);
  private final CountingRings rings = new CountingRings();
  private final List<String> warnings = new CopyOnWriteArrayList<>();

  @SuppressWarnings("NullAway.Init") // start() comes first in every test
  private EngineWorker worker;

  @SuppressWarnings("NullAway.Init") // start() comes first in every test
  private Coordinator coordinator;

  private void start(long holdMillis) throws Exception {
    worker = new EngineWorker("test-worker", 20_000, ParkWait::new, new StuckWatch());
    coordinator =
        new Coordinator(
            settings("nic0", holdMillis), endpoint, List.of(rings), List.of(worker), warnings::add);
    coordinator.start();
    await("the fallback serves", () -> endpoint.reports.size() == 1);
  }

  private static EngineSettings settings(String name, long holdMillis) {
    return new EngineSettings(
        NicSettings.of(name),
        "test",
        MacAddress.forName(name),
        1500,
        TimeUnit.MILLISECONDS.toNanos(holdMillis));
  }

  @AfterEach
  void close() {
    assertTrue(coordinator.end(5_000), "the coordinator must end");
    worker.close();
    assertEquals(rings.allBuffers(), rings.buffersAtHome(), "each buffer came back exactly once");
    assertEquals(0, rings.lateCalls, "calls of rings that rest");
    assertEquals(rings.accepted, rings.completed, "each transmit ended exactly once");
    assertEquals(0, counters().idsOutstanding.get());
    assertEquals("stop", endpoint.calls.getLast());
    rings.close();
  }

  @Test
  void framesGoThroughTheQueueAndBackInOrder() throws Exception {
    start(0);
    plug(new ScriptedQueue(Transmit.REFLECT));
    rings.order(10_000);
    await("all frames are back", () -> rings.delivered.size() == 10_000);
    assertEquals(LongStream.range(0, 10_000).boxed().toList(), new ArrayList<>(rings.delivered));
    assertEquals(10_000, counters().txPackets.get());
    assertEquals(10_000 * 64L, counters().rxBytes.get());
  }

  @Test
  void aSwapUnderLoadLosesAndDoublesNothing() throws Exception {
    start(0);
    plug(new ScriptedQueue(Transmit.REFLECT));
    rings.order(Long.MAX_VALUE / 2);
    for (int i = 0; i < 300; i++) {
      ScriptedQueue next = new ScriptedQueue(Transmit.REFLECT);
      plug(next);
      await(
          "frames pass the new queue",
          () -> next.transmitted > 0 && endpoint.reports.getLast().blackoutNanos().getAsLong() > 0);
    }
    rings.ordered = 0;
    await(
        "what was sent is back",
        () -> rings.delivered.size() == rings.accepted && rings.accepted == rings.completed);
    long expected = 0;
    for (long number : rings.delivered) {
      assertEquals(expected++, number, "frames stay in order across swaps");
    }
  }

  @Test
  void whatIsInFlightAtTheEndIsCompletedWhileTheRingsAreServed() throws Exception {
    start(0);
    plug(new ScriptedQueue(Transmit.KEEP));
    rings.order(10);
    await("the frames are in flight", () -> coordinator.statistics().txInFlight() == 10);
    assertTrue(coordinator.end(5_000));
    assertEquals(10, rings.completed);
    assertEquals(10, coordinator.statistics().txLost());
  }

  @Test
  void transmitsInFlightAreCompletedAsLostWhenTheOldQueueDoesNotReturnThem() throws Exception {
    start(0);
    ScriptedQueue keeper = new ScriptedQueue(Transmit.KEEP);
    plug(keeper);
    rings.order(10);
    await("the frames are in flight", () -> keeper.transmitted == 10);
    plug(new ScriptedQueue(Transmit.REFLECT));
    assertEquals(10, endpoint.reports.getLast().framesLost());
    assertEquals(CountingRings.SLOTS, endpoint.reports.getLast().buffersReturned());
    await("they are completed", () -> rings.completed == 10);
    assertEquals(10, counters().txLost.get());
    assertTrue(keeper.closed);
  }

  @Test
  void aSwapWaitsForTransmitsThatCompleteInTime() throws Exception {
    start(0);
    ScriptedQueue keeper = new ScriptedQueue(Transmit.KEEP);
    plug(keeper);
    rings.order(10);
    await("the frames are in flight", () -> keeper.transmitted == 10);
    keeper.completeNow = true;
    plug(new ScriptedQueue(Transmit.REFLECT));
    assertEquals(0, endpoint.reports.getLast().framesLost());
    assertEquals(10, rings.completed);
  }

  @Test
  void holdKeepsTheGuestsFramesUntilABackendReturns() throws Exception {
    start(10_000);
    plug(new ScriptedQueue(Transmit.REFLECT));
    rings.order(5);
    await("frames pass", () -> rings.delivered.size() == 5);
    unplug();
    rings.order(7);
    plug(new ScriptedQueue(Transmit.REFLECT));
    await("held frames pass the new queue", () -> rings.delivered.size() == 12);
    assertEquals(0, counters().txDropped.get());
    assertEquals(0, fallback.transmitted);
  }

  @Test
  void withoutHoldTheFallbackDrops() throws Exception {
    start(0);
    plug(new ScriptedQueue(Transmit.REFLECT));
    unplug();
    rings.order(7);
    await("the fallback drops", () -> counters().txDropped.get() == 7);
    assertEquals(7, rings.completed);
  }

  @Test
  void holdEndsAndThenTheFallbackDrops() throws Exception {
    start(30);
    plug(new ScriptedQueue(Transmit.REFLECT));
    unplug();
    rings.order(7);
    await("the fallback drops after the hold", () -> counters().txDropped.get() == 7);
  }

  @Test
  void tryRestartReopensTheQueuesAndTheThirdInARowIsFatal() throws Exception {
    start(0);
    ScriptedQueue queue = new ScriptedQueue(Transmit.REFLECT);
    plug(queue);
    for (int i = 1; i <= 2; i++) {
      int reports = endpoint.reports.size();
      queue.nextResult = Queue.TRY_RESTART;
      coordinator.pairs().get(0).wake();
      await("queues are reopened", () -> endpoint.reports.size() == reports + 1);
      assertEquals(List.of(), endpoint.failures);
    }
    queue.nextResult = Queue.TRY_RESTART;
    coordinator.pairs().get(0).wake();
    await("it is unplugged", () -> endpoint.failures.size() == 1);
    assertTrue(endpoint.failures.getFirst().contains("three times"), endpoint.failures::toString);
  }

  @Test
  void aFatalQueueIsUnplugged() throws Exception {
    start(0);
    ScriptedQueue queue = new ScriptedQueue(Transmit.REFLECT);
    plug(queue);
    queue.nextResult = Queue.FATAL;
    coordinator.pairs().get(0).wake();
    await("it is unplugged", () -> endpoint.failures.size() == 1 && queue.closed);
    rings.order(3);
    await("the fallback serves", () -> counters().txDropped.get() == 3);
  }

  @Test
  void anIdThatWasNeverPostedEndsThePlug() throws Exception {
    start(0);
    for (int id : new int[] {-1, CountingRings.SLOTS, Integer.MAX_VALUE}) {
      int before = endpoint.failures.size();
      ScriptedQueue queue = new ScriptedQueue(Transmit.REFLECT);
      plug(queue);
      queue.strangeId = id;
      coordinator.pairs().get(0).wake();
      await("it is unplugged", () -> endpoint.failures.size() == before + 1);
      assertTrue(endpoint.failures.getLast().contains("id " + id), endpoint.failures.getLast());
    }
    assertEquals(3, counters().refusedIds.get());
  }

  @Test
  void metadataBeyondTheBufferEndThePlug() throws Exception {
    start(0);
    plug(
        new ScriptedQueue(Transmit.REFLECT) {
          @Override
          public int txAvail(BufferAccess buffers, TxBatch batch) {
            RxMetadata beyond = new RxMetadata().set(0, buffers.capacity(3) + 1);
            assertEquals(BufferAccess.TOO_LONG, buffers.writeMetadata(3, beyond));
            return 0;
          }
        });
    rings.order(1);
    await("it is unplugged", () -> endpoint.failures.size() == 1);
    assertTrue(
        endpoint.failures.getFirst().contains("beyond the end of buffer 3"),
        endpoint.failures::toString);
  }

  @Test
  void aThrowingQueueIsUnpluggedAndTheWorkerLives() throws Exception {
    start(0);
    plug(
        new ScriptedQueue(Transmit.REFLECT) {
          @Override
          public int txAvail(BufferAccess buffers, TxBatch batch) {
            throw new IllegalStateException("broken on purpose");
          }
        });
    rings.order(1);
    await("it is unplugged", () -> endpoint.failures.size() == 1);
    assertTrue(endpoint.failures.getFirst().contains("broken on purpose"));
    await("the fallback serves", () -> counters().txDropped.get() == 1);
  }

  @Test
  void withTheLinkDownNothingPassesAndNothingIsKept() throws Exception {
    start(0);
    ScriptedQueue queue = new ScriptedQueue(Transmit.REFLECT);
    plug(queue);
    endpoint.link(false);
    await("the link is down", () -> !coordinator.isLinkUp());
    // A pass that began before may still send what it finds.
    await(
        "a frame is dropped",
        () -> {
          rings.order(1);
          return coordinator.statistics().txDropped() > 0;
        });
    await("no frame is left", () -> rings.completed == rings.ordered);
    long transmitted = queue.transmitted;
    int delivered = rings.delivered.size();
    long dropped = coordinator.statistics().txDropped();
    rings.order(5);
    await("the frames are dropped", () -> coordinator.statistics().txDropped() == dropped + 5);
    assertEquals(transmitted, queue.transmitted);
    assertEquals(delivered, rings.delivered.size());
    endpoint.link(true);
    await("the link is up", () -> coordinator.isLinkUp());
    // A pass that began before may still drop what it finds.
    await(
        "frames pass again",
        () -> {
          rings.order(1);
          return rings.delivered.size() > delivered;
        });
  }

  @Test
  void aWorkerStuckInAQueueIsGivenUpAndItsOtherPortsGoOn() throws Exception {
    start(0);
    ScriptedEndpoint otherEndpoint = new ScriptedEndpoint(new ScriptedQueue(Transmit.REFLECT));
    try (CountingRings otherRings = new CountingRings()) {
      Coordinator other =
          new Coordinator(
              settings("nic1", 0),
              otherEndpoint,
              List.of(otherRings),
              List.of(worker),
              warnings::add);
      other.start();
      await("the other NIC is up", () -> otherEndpoint.reports.size() == 1);
      StuckQueue stuck = new StuckQueue();
      plug(stuck);
      rings.order(1);
      await("the worker is stuck", () -> stuck.entered);
      plug(new ScriptedQueue(Transmit.REFLECT));
      await("a frame passes the new queue", () -> rings.delivered.size() == 1);
      await("the other NIC's queue was opened anew", () -> otherEndpoint.reports.size() == 2);
      otherRings.order(3);
      await("the other NIC goes on", () -> otherRings.delivered.size() == 3);
      assertTrue(warnings.getFirst().contains("patchbay-test-worker"), warnings::toString);

      long delivered = rings.delivered.size();
      stuck.released.countDown();
      await("the old thread ends", () -> !requireNonNull(stuck.thread).isAlive());
      rings.order(5);
      await("frames still pass once", () -> rings.delivered.size() == delivered + 5);
      assertTrue(other.end(5_000));
      assertEquals(otherRings.allBuffers(), otherRings.buffersAtHome());
    }
  }

  @Test
  void aWorkerThatComesBackLateFromPostingDisturbsNothing() throws Exception {
    start(0);
    for (int round = 0; round < 5; round++) {
      StuckQueue stuck = new StuckQueue();
      stuck.inPosting = true;
      endpoint.plug(stuck);
      await("the worker is stuck", () -> stuck.entered);
      ScriptedQueue next = new ScriptedQueue(Transmit.REFLECT);
      endpoint.plug(next);
      await("the stuck thread is given up", () -> stuck.closed);
      stuck.released.countDown(); // while the fresh thread takes over
      long delivered = rings.delivered.size();
      rings.order(5);
      await("frames pass", () -> rings.delivered.size() == delivered + 5);
      await(
          "all buffers are the new queue's",
          () -> next.held.size() + next.filled.size() == CountingRings.SLOTS);
    }
  }

  @Test
  void whatAnEngineUsesIsKeptUntilItsCoordinatorHasEnded() throws Exception {
    start(0);
    CountDownLatch gate = new CountDownLatch(1);
    endpoint.gate = gate;
    endpoint.plug(new ScriptedQueue(Transmit.REFLECT));
    await("queues are being opened", () -> endpoint.calls.contains("held"));
    assertFalse(coordinator.end(20));
    CountDownLatch unused = new CountDownLatch(2);
    coordinator.whenIdle(unused::countDown);
    coordinator.whenReleased(unused::countDown);
    assertEquals(2, unused.getCount());
    endpoint.gate = null;
    gate.countDown();
    assertTrue(unused.await(5, TimeUnit.SECONDS));
    assertEquals(rings.allBuffers(), rings.buffersAtHome(), "all was given back before");
  }

  @Test
  void anIdleWorkerSleeps() throws Exception {
    start(0);
    plug(new ScriptedQueue(Transmit.REFLECT));
    await("the worker sleeps", () -> worker.threadState().endsWith("WAITING"));
    rings.order(1);
    await("a wake-up reaches it", () -> rings.delivered.size() == 1);
    assertFalse(coordinator.pairs().get(0).counters().idsOutstanding.get() != 0);
  }

  private PortCounters counters() {
    return coordinator.pairs().get(0).counters();
  }

  private void plug(Queue queue) throws InterruptedException {
    int before = endpoint.reports.size();
    endpoint.plug(queue);
    await("the queue is plugged", () -> endpoint.reports.size() > before);
  }

  private void unplug() throws InterruptedException {
    plug(fallback);
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
