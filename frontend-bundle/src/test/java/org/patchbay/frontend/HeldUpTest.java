package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.MacAddress;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.NicSettings;
import org.patchbay.frontend.ScriptedQueue.Transmit;

/** Two NICs with one worker, which is held up: by rings, or by the backend of the other NIC. */
@Timeout(60)
class HeldUpTest {

  private final CountingRings rings = new CountingRings();
  private final CountingRings others = new CountingRings();
  private final ScriptedEndpoint endpoint = new ScriptedEndpoint(new ScriptedQueue(Transmit.DROP));
  private final ScriptedEndpoint other = new ScriptedEndpoint(new ScriptedQueue(Transmit.DROP));
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final CountDownLatch failing = new CountDownLatch(1);
  private volatile boolean failureIsHeld;

  @SuppressWarnings("NullAway.Init") // start() comes first
  private EngineWorker worker;

  @SuppressWarnings("NullAway.Init") // start() comes first
  private Coordinator coordinator;

  @SuppressWarnings("NullAway.Init") // start() comes first
  private Coordinator otherCoordinator;

  @BeforeEach
  void start() throws Exception {
    worker = new EngineWorker("test-worker", 20_000, ParkWait::new, new StuckWatch());
    coordinator = coordinator("nic0", endpoint, rings);
    otherCoordinator = coordinator("nic1", holding(other), others);
    await("both serve", () -> endpoint.reports.size() == 1 && other.reports.size() == 1);
  }

  private Coordinator coordinator(String nic, DisconnectableEndpoint plugged, CountingRings guest) {
    EngineSettings settings =
        new EngineSettings(NicSettings.of(nic), "test", MacAddress.forName(nic), 1500, 0);
    Coordinator made =
        new Coordinator(settings, plugged, List.of(guest), List.of(worker), warnings::add);
    made.start();
    return made;
  }

  /** An endpoint whose coordinator does not come back from telling it of a failure. */
  private DisconnectableEndpoint holding(ScriptedEndpoint inside) {
    return (DisconnectableEndpoint)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DisconnectableEndpoint.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("failed")) {
                failureIsHeld = true;
                failing.await();
              }
              try {
                return method.invoke(inside, arguments);
              } catch (InvocationTargetException e) {
                throw Objects.requireNonNull(e.getCause());
              }
            });
  }

  @AfterEach
  void close() {
    failing.countDown();
    assertTrue(coordinator.end(8_000), "the coordinator must end");
    assertTrue(otherCoordinator.end(8_000), "the other coordinator must end");
    worker.close();
    for (CountingRings each : List.of(rings, others)) {
      assertEquals(each.allBuffers(), each.buffersAtHome(), "each buffer came back exactly once");
      assertEquals(each.accepted, each.completed, "each transmit ended exactly once");
      assertEquals(0, each.lateCalls, "calls of rings that rest");
      each.close();
    }
    assertEquals(0, coordinator.statistics().idsOutstanding());
    assertEquals(0, otherCoordinator.statistics().idsOutstanding());
  }

  @Test
  void aWorkerThatIsHeldUpInItsRingsIsNoBackendsFault() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    rings.gate = held;
    rings.order(1);
    await("the worker is held up", () -> rings.isHeldUp);
    endpoint.plug(new ScriptedQueue(Transmit.REFLECT));
    TimeUnit.MILLISECONDS.sleep(1_700);
    assertEquals(1, endpoint.reports.size(), "the plug waits for the worker");
    held.countDown();
    rings.gate = null;
    await("the plug ends", () -> endpoint.reports.size() == 2);
    rings.order(20);
    await("frames pass", () -> rings.delivered.size() >= 20);
    assertEquals(List.of(), endpoint.failures);
    assertEquals(List.of(), warnings, "no thread is given up");
  }

  /** Sticks where it has received, and answers all the same when it is let go. */
  private static final class LateReceive extends ScriptedQueue {
    final CountDownLatch released = new CountDownLatch(1);
    volatile @Nullable Thread thread;

    LateReceive() {
      super(Transmit.REFLECT);
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      if (filled.isEmpty()) {
        return super.rxPoll(buffers, ids, space);
      }
      thread = Thread.currentThread();
      while (released.getCount() > 0) {
        try {
          released.await();
        } catch (InterruptedException e) {
          // as a backend that ignores interrupts
        }
      }
      int count = 0;
      while (!filled.isEmpty()) {
        ids[count++] = filled.remove();
      }
      return count;
    }
  }

  @Test
  void aThreadThatIsGivenUpForAnotherNicLeavesTheRingsAlone() throws Exception {
    LateReceive late = new LateReceive();
    other.plug(late);
    await("it is plugged", () -> other.reports.size() == 2);
    others.order(5);
    await("it sticks", () -> late.thread != null);
    await("its coordinator is held", () -> failureIsHeld);
    endpoint.plug(new ScriptedQueue(Transmit.REFLECT));
    await("the worker has another thread", () -> endpoint.reports.size() == 2);
    assertTrue(warnings.getFirst().contains("in rxPoll"), warnings::toString);
    rings.order(20);
    await("frames pass", () -> rings.delivered.size() == 20);
    late.released.countDown();
    Thread thread = Objects.requireNonNull(late.thread);
    thread.join(5_000);
    assertFalse(thread.isAlive());
    assertEquals(List.of(), List.copyOf(others.delivered), "its queue's answer came too late");
    assertEquals(List.of(), worker.stuckCalls());
    failing.countDown();
    await("the other NIC goes on", () -> other.failures.size() == 1);
    other.plug(new ScriptedQueue(Transmit.REFLECT));
    others.order(20);
    await("its frames pass", () -> others.delivered.size() >= 20);
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
