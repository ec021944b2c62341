package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.control.NicSettings;
import org.patchbay.frontend.ScriptedQueue.Transmit;

/** The engine of a NIC with several ring pairs; in the end every id is accounted for. */
abstract class PairsFixture {

  final ScriptedEndpoint endpoint = new ScriptedEndpoint(reflectors(4));
  final List<String> warnings = new CopyOnWriteArrayList<>();
  final List<EngineWorker> workers = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // start() comes first in every test
  FlowGuest guest;

  @SuppressWarnings("NullAway.Init") // start() comes first in every test
  Coordinator coordinator;

  /** Queues that reflect. */
  static ScriptedQueue[] reflectors(int count) {
    ScriptedQueue[] queues = new ScriptedQueue[count];
    for (int i = 0; i < count; i++) {
      queues[i] = new ScriptedQueue(Transmit.REFLECT);
    }
    return queues;
  }

  void start(int pairs, int workerCount) throws Exception {
    start(new FlowGuest(pairs), workerCount);
  }

  void start(FlowGuest newGuest, int workerCount) throws Exception {
    guest = newGuest;
    for (int i = 0; i < workerCount; i++) {
      workers.add(new EngineWorker("test-worker-" + i, 20_000, ParkWait::new, new StuckWatch()));
    }
    coordinator = new Coordinator(settings("nic0"), endpoint, guest.pairs, workers, warnings::add);
    coordinator.start();
    await("the fallback serves", () -> endpoint.reports.size() == 1);
    await(
        "all buffers are posted",
        () -> coordinator.statistics().rxPosted() == guest.pairs.size() * FlowGuest.SLOTS);
  }

  static EngineSettings settings(String name) {
    return new EngineSettings(NicSettings.of(name), "test", MacAddress.forName(name), 1500, 0);
  }

  @AfterEach
  void close() {
    assertTrue(coordinator.end(5_000), "the coordinator must end");
    workers.forEach(EngineWorker::close);
    assertEquals(List.of(), guest.violations.stream().limit(5).toList());
    assertTrue(guest.isComplete(), "each frame came once");
    for (FlowRings pair : guest.pairs) {
      assertEquals(pair.allBuffers(), pair.buffersAtHome(), "each buffer came back exactly once");
      assertEquals(pair.accepted, pair.completed, "each transmit ended exactly once");
      assertEquals(pair.starts, pair.halts, "each start has its halt");
    }
    assertEquals(0, coordinator.statistics().idsOutstanding());
    assertEquals(0, coordinator.statistics().rxPosted());
    guest.close();
  }

  void plug(Queue... queues) throws InterruptedException {
    int before = endpoint.reports.size();
    endpoint.plug(queues);
    await("the queues are plugged", () -> endpoint.reports.size() > before);
  }

  /** Waits until more frames were delivered to every pair that is named. */
  void traffic(int... pairs) throws InterruptedException {
    for (int pair : pairs) {
      FlowRings rings = guest.pairs.get(pair);
      long before = rings.delivered;
      try {
        await("frames reach pair " + pair, () -> rings.delivered > before + 50);
      } catch (AssertionError e) {
        InspectNode node = new InspectNode();
        new EngineNic(settings("nic0"), coordinator, workers).inspect(node);
        throw new AssertionError(e.getMessage() + "\n" + node.render(), e);
      }
    }
  }

  /** Ends the traffic and waits until all that was sent is back. */
  void settle() throws InterruptedException {
    guest.stopSending();
    await(
        "what was sent is back",
        () -> guest.delivered() == guest.accepted() && guest.accepted() == guest.completed());
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("not within 10 s: " + what);
      }
      TimeUnit.MICROSECONDS.sleep(100);
    }
  }
}
