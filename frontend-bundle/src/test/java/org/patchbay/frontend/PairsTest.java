package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several ring pairs on endpoints with more, as many or fewer queues. */
@Timeout(60)
class PairsTest extends PairsFixture {

  private static final long MUCH = Long.MAX_VALUE / 2;

  private long sum(java.util.function.Function<PortCounters, Counter> counter) {
    return coordinator.pairs().sum(counter);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void swapsBetweenEndpointsOfDifferentQueuesLoseAndDoubleNothing(boolean inOrder)
      throws Exception {
    FlowGuest three = new FlowGuest(3);
    three.pairs.forEach(pair -> pair.inOrder = inOrder);
    three.maySteerWrongly = inOrder;
    start(three, 2);
    plug(reflectors(2));
    guest.order(MUCH);
    int[] counts = {2, 1, 4, 1, 1, 3};
    for (int i = 0; i < 240; i++) {
      int queues = counts[i % counts.length];
      plug(reflectors(queues));
      assertEquals(Math.min(2, queues), coordinator.queueCount());
      long before = guest.delivered();
      await("frames pass the new queues", () -> guest.delivered() > before);
    }
    settle();
    assertEquals(240 + 2, coordinator.statistics().swaps());
    assertEquals(guest.accepted(), coordinator.statistics().txPackets());
    assertEquals(guest.delivered(), coordinator.statistics().rxPackets());
    if (!inOrder) {
      assertEquals(0, sum(counters -> counters.rxMissteered));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSharesAQueueIsSpreadByFlow(boolean inOrder) throws Exception {
    FlowGuest two = new FlowGuest(2);
    two.pairs.forEach(pair -> pair.inOrder = inOrder);
    two.maySteerWrongly = inOrder;
    start(two, 2);
    plug(reflectors(1));
    guest.order(20_000);
    await("all frames are back", () -> guest.delivered() == 40_000);
    assertEquals(2 * FlowRings.FLOWS, guest.expected.size());
    assertEquals(2, new HashSet<>(guest.home.values()).size(), "flows of both pairs");
    assertEquals(0, sum(counters -> counters.rxMissteered));
    assertTrue(
        sum(counters -> counters.rxCopied) > 1_000, "frames land in the wrong pair's buffer");
    assertEquals(0, sum(counters -> counters.rxDiscarded));
  }

  @Test
  void withAQueueForEachPairNothingIsCopied() throws Exception {
    start(2, 2);
    plug(reflectors(2));
    guest.order(10_000);
    await("all frames are back", () -> guest.delivered() == 20_000);
    assertEquals(0, sum(counters -> counters.rxCopied));
    assertEquals(10_000, guest.pairs.get(0).delivered);
    assertEquals(10_000, guest.pairs.get(1).delivered);
  }

  @Test
  void aSubstituteWithFewerQueuesThanWereAskedForServes() throws Exception {
    start(3, 3);
    guest.maySteerWrongly = true;
    endpoint.substitute = List.of(reflectors(1));
    plug(reflectors(3));
    assertEquals(1, coordinator.queueCount());
    guest.order(1_000);
    await("all frames are back", () -> guest.delivered() == 3_000);
  }

  @Test
  void trafficOfOnePairAloneIsSpreadToo() throws Exception {
    start(2, 1);
    guest.maySteerWrongly = true;
    plug(reflectors(1));
    guest.order(5_000);
    await("all frames are back", () -> guest.delivered() == 10_000);
    guest.pairs.get(0).order(20_000);
    await("all frames are back", () -> guest.delivered() == 30_000);
  }

  @Test
  void anIdOfAnotherQueuesPairIsRefused() throws Exception {
    start(2, 2);
    ScriptedQueue[] queues = reflectors(2);
    plug(queues);
    queues[0].strangeId = FlowGuest.SLOTS; // posted, but to the other queue
    coordinator.pairs().get(0).wake();
    await("it is unplugged", () -> endpoint.failures.size() == 1);
    assertTrue(endpoint.failures.getFirst().contains("id " + FlowGuest.SLOTS));
    await("the fallback serves", () -> endpoint.reports.size() == 3);
  }

  @Test
  void aSharedQueueThatUsesAnIdTwiceIsUnplugged() throws Exception {
    start(2, 1);
    for (int id : new int[] {-1, 2 * FlowGuest.SLOTS, Integer.MIN_VALUE}) {
      ScriptedQueue[] queue = reflectors(1);
      int before = endpoint.failures.size();
      plug(queue);
      queue[0].strangeId = id;
      coordinator.pairs().get(0).wake();
      await("it is unplugged", () -> endpoint.failures.size() == before + 1);
    }
    assertEquals(3, coordinator.statistics().refusedIds());
  }
}
