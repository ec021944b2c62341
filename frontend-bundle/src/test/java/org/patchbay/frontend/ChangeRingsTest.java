package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.frontend.ScriptedQueue.Transmit;

/** Changes of rings, between and under everything else. */
@Timeout(60)
class ChangeRingsTest extends PairsFixture {

  private static final long MUCH = Long.MAX_VALUE / 2;

  private final AtomicInteger changes = new AtomicInteger();

  private int opens() {
    return Collections.frequency(endpoint.calls, "getQueues");
  }

  @Test
  void theQueuesStayAsTheyAreWhenNothingIsWithdrawn() throws Exception {
    start(3, 2);
    guest.maySteerWrongly = true;
    plug(reflectors(2));
    int opens = opens();
    guest.order(MUCH);
    for (int i = 0; i < 200; i++) {
      int starts = guest.pairs.get(0).starts;
      coordinator.changeRings(
          Withdrawal.NOTHING,
          rings -> {
            changes.incrementAndGet();
            for (FlowRings pair : guest.pairs) {
              assertEquals(pair.starts, pair.halts, "the pair must rest");
            }
            assertThrows(IllegalStateException.class, () -> rings.takeBack(0));
          });
      assertEquals(starts + 1, guest.pairs.get(0).starts);
      traffic(i % 3);
    }
    assertEquals(200, changes.get());
    assertEquals(opens, opens());
    assertEquals(0, coordinator.statistics().txLost());
    settle();
  }

  @Test
  void buffersComeBackInOrderAndArePostedAnew() throws Exception {
    start(3, 2);
    plug(reflectors(2));
    long swaps = coordinator.statistics().swaps();
    int reports = endpoint.reports.size();
    guest.maySteerWrongly = true;
    guest.order(MUCH);
    for (int i = 0; i < 100; i++) {
      int pair = i % 3;
      coordinator.changeRings(
          Withdrawal.BUFFERS,
          rings -> {
            changes.incrementAndGet();
            rings.takeBack(pair);
            rings.takeBack(pair); // nothing is left
            assertEquals(List.of(), guest.pairs.get(pair).takenBack);
          });
      traffic(pair);
    }
    assertEquals(100, changes.get());
    settle();
    assertEquals(swaps, coordinator.statistics().swaps(), "a change of rings is no swap");
    assertEquals(reports, endpoint.reports.size());
  }

  @Test
  void transmitsInFlightEndBeforeTheChange() throws Exception {
    start(2, 2);
    ScriptedQueue[] queues = {
      new ScriptedQueue(Transmit.KEEP), new ScriptedQueue(Transmit.KEEP),
    };
    plug(queues);
    guest.order(10);
    await("the frames are in flight", () -> coordinator.statistics().txInFlight() == 20);
    coordinator.changeRings(
        Withdrawal.BUFFERS,
        rings -> {
          assertEquals(20, guest.completed());
          assertTrue(queues[0].closed && queues[1].closed, "the queues must be closed");
          changes.incrementAndGet();
        });
    assertEquals(1, changes.get());
    assertEquals(20, coordinator.statistics().txLost());
  }

  @Test
  void transmitsOfPairsThatAreServedNoMoreEndWithTheChange() throws Exception {
    start(2, 2);
    plug(new ScriptedQueue(Transmit.KEEP), new ScriptedQueue(Transmit.KEEP));
    guest.order(10);
    await("the frames are in flight", () -> coordinator.statistics().txInFlight() == 20);
    coordinator.changeRings(Withdrawal.NOTHING, rings -> rings.setActivePairs(1));
    assertEquals(20, guest.completed());
    assertEquals(20, coordinator.statistics().txLost());
    assertEquals(0, coordinator.statistics().txInFlight());
  }

  @ParameterizedTest
  @EnumSource
  void queuesFollowTheActivePairs(Withdrawal withdrawal) throws Exception {
    start(4, 3);
    plug(reflectors(8));
    assertEquals(3, coordinator.queueCount());
    guest.maySteerWrongly = true;
    guest.order(MUCH);
    int[] counts = {2, 4, 1, 0, 3, 0, 2, 4};
    for (int count : counts) {
      coordinator.changeRings(withdrawal, rings -> rings.setActivePairs(count));
      assertEquals(Math.clamp(count, 1, 3), coordinator.queueCount());
      for (int i = 0; i < 4; i++) {
        FlowRings pair = guest.pairs.get(i);
        assertEquals(i < count ? 1 : 0, pair.starts - pair.halts, "whether pair " + i + " serves");
      }
      for (int i = 0; i < count; i++) {
        traffic(i);
      }
    }
    settle();
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> coordinator.changeRings(withdrawal, rings -> rings.setActivePairs(5)));
  }

  @Test
  void changesAndSwapsStormTogether() throws Exception {
    start(3, 2);
    guest.maySteerWrongly = true;
    plug(reflectors(2));
    guest.order(MUCH);
    CompletableFuture<Void> changer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 150; i++) {
                int active = 1 + i % 3;
                Withdrawal withdrawal = i % 2 == 0 ? Withdrawal.BUFFERS : Withdrawal.NOTHING;
                try {
                  coordinator.changeRings(
                      withdrawal,
                      rings -> {
                        changes.incrementAndGet();
                        if (withdrawal == Withdrawal.BUFFERS) {
                          rings.takeBack(active - 1);
                        }
                        rings.setActivePairs(active);
                      });
                } catch (EndpointException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              }
            });
    for (int i = 0; i < 100 || !changer.isDone(); i++) {
      plug(reflectors(1 + i % 2));
      long before = guest.delivered();
      await("frames pass", () -> guest.delivered() > before + 50);
    }
    changer.get(10, TimeUnit.SECONDS);
    assertEquals(150, changes.get());
    coordinator.changeRings(Withdrawal.NOTHING, rings -> rings.setActivePairs(3));
    settle();
  }

  @ParameterizedTest
  @EnumSource
  void aStuckWorkerIsGivenUpAndItsMemoryKeptUntilItsThreadEnds(Withdrawal withdrawal)
      throws Exception {
    start(2, 2);
    StuckQueue stuck = new StuckQueue();
    plug(new ScriptedQueue(Transmit.REFLECT), stuck);
    guest.pairs.get(1).order(1);
    await("a worker is stuck", () -> stuck.entered);
    coordinator.changeRings(withdrawal, rings -> changes.incrementAndGet());
    assertEquals(1, changes.get());
    assertTrue(warnings.getFirst().contains("patchbay-test-worker-1"), warnings::toString);
    CountDownLatch unused = new CountDownLatch(1);
    EngineWorker.whenUnused(workers, unused::countDown);
    assertFalse(unused.await(50, TimeUnit.MILLISECONDS), "the stuck thread may still use memory");
    plug(reflectors(2));
    guest.order(100);
    await("both pairs are served", () -> guest.delivered() >= 200);
    stuck.released.countDown();
    assertTrue(unused.await(10, TimeUnit.SECONDS), "it runs when the thread has ended");
    await("all came", () -> guest.delivered() == 201);
  }

  @Test
  void whatNobodyUsesIsUnusedAtOnce() throws Exception {
    start(2, 2);
    Thread[] ran = new Thread[1];
    EngineWorker.whenUnused(workers, () -> ran[0] = Thread.currentThread());
    assertEquals(Thread.currentThread(), ran[0]);
  }

  @Test
  void whatAChangeThrowsIsItsCallersAndTheNicGoesOn() throws Exception {
    start(2, 1);
    guest.maySteerWrongly = true;
    plug(reflectors(1));
    for (Withdrawal withdrawal : Withdrawal.values()) {
      Throwable thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  coordinator.changeRings(
                      withdrawal,
                      rings -> {
                        throw new IllegalStateException("on purpose");
                      }));
      assertEquals("on purpose", thrown.getMessage());
      long before = guest.delivered();
      guest.order(10);
      await("frames pass", () -> guest.delivered() == before + 20);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aChangeThatCouldNotBeMadeIsToldSoAndTheNicGoesOn(Withdrawal withdrawal) throws Exception {
    start(1, 1);
    plug(reflectors(1));
    guest.pairs.getFirst().failsToHalt = true;
    EndpointException failure =
        assertThrows(
            EndpointException.class,
            () -> coordinator.changeRings(withdrawal, rings -> changes.incrementAndGet()));
    assertEquals(EndpointError.BACKEND_FAILED, failure.error());
    assertEquals(0, changes.get());
    guest.order(10);
    await("frames pass", () -> guest.delivered() == 10);
    assertTrue(warnings.getLast().contains("on purpose"), warnings::toString);
  }

  @Test
  void aChangeThatWasGivenUpIsNeverMade() throws Exception {
    start(1, 1);
    CountDownLatch gate = new CountDownLatch(1);
    endpoint.gate = gate;
    endpoint.plug(reflectors(1));
    await("the coordinator is busy", () -> endpoint.calls.contains("held"));
    CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    coordinator.changeRings(Withdrawal.NOTHING, rings -> changes.incrementAndGet());
                    outcome.complete(new AssertionError("it returned"));
                  } catch (Throwable e) {
                    outcome.complete(e);
                  }
                });
    caller.interrupt();
    assertInstanceOf(InterruptedException.class, outcome.get(10, TimeUnit.SECONDS));
    endpoint.gate = null;
    gate.countDown();
    coordinator.changeRings(Withdrawal.NOTHING, rings -> {}); // comes after it
    assertEquals(0, changes.get());
  }

  @Test
  void aClosedEngineRefusesChanges() throws Exception {
    start(1, 1);
    assertTrue(coordinator.end(5_000));
    EndpointException refused =
        assertThrows(
            EndpointException.class,
            () -> coordinator.changeRings(Withdrawal.NOTHING, rings -> changes.incrementAndGet()));
    assertEquals(EndpointError.CLOSED, refused.error());
    assertEquals(0, changes.get());
  }
}
