package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.MacAddress;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.frontend.ScriptedQueue.Transmit;

/** How a worker gets another thread, and when it gets none. */
@Timeout(60)
class ReplaceThreadTest {

  private volatile boolean outOfDescriptors;

  private WorkerWait openWait() throws EndpointException {
    if (outOfDescriptors) {
      throw new EndpointException(EndpointError.OUT_OF_DESCRIPTORS, "the test says so");
    }
    return new ParkWait();
  }

  private static final class Silent implements PortListener {
    @Override
    public void queueFailed(int code, long generation, String cause) {}

    @Override
    public void memoryFaulted(long ringsEpoch) {}

    @Override
    public void disturbed() {}

    @Override
    public void workerReplaced() {}
  }

  /** A port whose queue sticks where it is asked for received frames. */
  private static Port stuckPort(EngineWorker worker, GuestMemory memory, CountDownLatch released) {
    Port port = new Port(worker, new Link(), new Silent());
    LentMemory lent = new LentMemory();
    PlugTraits plug =
        new PlugTraits("nic0", "stuck", 1, false, 0, TxOffloadSupport.ALL, true, lent);
    worker.attach(port);
    port.resume(
        new PollingForEver(released),
        new PairPath[0],
        plug,
        new NoBuffers(lent.viewOf(memory)),
        0,
        new BlackoutMeter(System.nanoTime()));
    return port;
  }

  private static final class PollingForEver extends ScriptedQueue {
    private final CountDownLatch released;

    PollingForEver(CountDownLatch released) {
      super(Transmit.DROP);
      this.released = released;
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      while (released.getCount() > 0) {
        Thread.onSpinWait(); // in this very method, so that no other is within
      }
      return 0;
    }
  }

  @Test
  void aThreadThatIsGivenUpIsReplacedOnce() throws Exception {
    EngineWorker worker = new EngineWorker("replaced", 0, this::openWait, new StuckWatch());
    CountDownLatch released = new CountDownLatch(1);
    try (Arena arena = Arena.ofShared()) {
      Port port = stuckPort(worker, GuestMemory.of(arena.allocate(64)), released);
      EngineWorker.Place[] place = {worker.place()};
      await(
          "it is stuck",
          () -> {
            boolean stuck = worker.isStuckSince(place[0]);
            place[0] = worker.place();
            return stuck;
          });
      outOfDescriptors = true;
      assertThrows(EndpointException.class, () -> worker.replaceThread(port, place[0]));
      assertTrue(worker.isStuckSince(place[0]), "nothing has changed");
      assertEquals(List.of(), worker.stuckCalls());
      outOfDescriptors = false;
      String what = Objects.requireNonNull(worker.replaceThread(port, place[0]));
      assertTrue(what.contains("patchbay-replaced in rxPoll of stuck"), what);
      assertEquals(1, worker.stuckCalls().size());
      assertNull(worker.replaceThread(port, place[0]), "a late coordinator changes nothing");
      assertEquals(1, worker.stuckCalls().size());
      released.countDown();
      place[0].thread().join(5_000);
      assertEquals(List.of(), worker.stuckCalls());
    } finally {
      released.countDown();
      worker.close();
    }
  }

  @Test
  void aClosedWorkerGetsNoOtherThread() throws Exception {
    EngineWorker worker = new EngineWorker("closed", 0, this::openWait, new StuckWatch());
    CountDownLatch released = new CountDownLatch(1);
    try (Arena arena = Arena.ofShared()) {
      Port port = stuckPort(worker, GuestMemory.of(arena.allocate(64)), released);
      await("it is at the port", () -> worker.whereabouts() == port);
      worker.close();
      EngineWorker.Place place = worker.place();
      CountDownLatch unused = new CountDownLatch(1);
      EngineWorker.whenUnused(List.of(worker), unused::countDown);
      String what = Objects.requireNonNull(worker.replaceThread(port, place));
      assertTrue(what.contains("patchbay-closed in rxPoll"), what);
      assertSame(place.thread(), worker.place().thread(), "it has no other");
      assertFalse(unused.await(50, TimeUnit.MILLISECONDS), "the thread is still there");
      released.countDown();
      assertTrue(unused.await(5, TimeUnit.SECONDS));
      worker.close();
    } finally {
      released.countDown();
    }
    CountDownLatch unused = new CountDownLatch(1);
    EngineWorker.whenUnused(List.of(worker), unused::countDown);
    assertEquals(0, unused.getCount(), "nobody is left");
  }

  @Test
  void aWorkerGetsItsThreadAsSoonAsThereIsOneToBeHad() throws Exception {
    EngineWorker worker = new EngineWorker("short", 0, this::openWait, new StuckWatch());
    CountingRings rings = new CountingRings();
    ScriptedEndpoint endpoint = new ScriptedEndpoint(new ScriptedQueue(Transmit.DROP));
    List<String> warnings = new CopyOnWriteArrayList<>();
    EngineSettings settings =
        new EngineSettings(NicSettings.of("nic0"), "test", MacAddress.forName("nic0"), 1500, 0);
    Coordinator coordinator =
        new Coordinator(settings, endpoint, List.of(rings), List.of(worker), warnings::add);
    coordinator.start();
    await("the fallback serves", () -> endpoint.reports.size() == 1);
    StuckQueue stuck = new StuckQueue();
    endpoint.plug(stuck);
    await("the queue is plugged", () -> endpoint.reports.size() == 2);
    rings.order(1);
    await("the worker is stuck", () -> stuck.entered);
    outOfDescriptors = true;
    await("no thread can be had", () -> !warnings.isEmpty());
    assertTrue(warnings.getFirst().contains("can't replace its worker"), warnings::toString);
    outOfDescriptors = false;
    await("the fallback takes the frame", () -> rings.completed == 1);
    stuck.released.countDown();
    rings.order(10);
    await("and more", () -> rings.completed == 11);
    assertTrue(coordinator.end(8_000));
    worker.close();
    assertEquals(rings.allBuffers(), rings.buffersAtHome(), "each buffer came back exactly once");
    assertEquals(0, coordinator.statistics().idsOutstanding());
    rings.close();
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("not within 10 s: " + what);
      }
      TimeUnit.MICROSECONDS.sleep(200);
    }
  }
}
