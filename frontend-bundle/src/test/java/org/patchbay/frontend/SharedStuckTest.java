package org.patchbay.frontend;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pairs that share a queue which does not come back from a native call. */
class SharedStuckTest extends PairsFixture {

  private int aside() {
    return coordinator.statistics().rxSetAside();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatTheQueueHeldIsSetAsideAndTheReservesServe(boolean inOrder) throws Exception {
    FlowGuest two = new FlowGuest(2);
    two.pairs.forEach(pair -> pair.inOrder = inOrder);
    two.maySteerWrongly = true; // while the reserves are short
    start(two, 2);
    NativeQueue stuck = new NativeQueue();
    try {
      plug(stuck);
      guest.order(1_000);
      await("all frames are back", () -> guest.delivered() == 2_000);
      int all = 2 * FlowGuest.SLOTS;
      await("all buffers are taken again", () -> coordinator.statistics().rxPosted() == all);
      stuck.sticks = true;
      int reports = endpoint.reports.size();
      guest.order(1);
      await("a native call holds memory", () -> stuck.entered);
      await("the plug ends", () -> endpoint.reports.size() > reports);
      int aside = aside();
      assertTrue(aside > 0 && aside < all, aside + " of " + all);
      plug(reflectors(1));
      guest.order(500);
      await("the reserves serve", () -> guest.delivered() == 3_002);
      assertEquals(aside, aside());
      assertEquals(0, coordinator.statistics().idsOutstanding());
      stuck.release();
      await("nothing is set aside", () -> aside() == 0);
      guest.order(1_000);
      await("all frames are back", () -> guest.delivered() == 5_002);
      await("all buffers are taken", () -> coordinator.statistics().rxPosted() == all);
      settle();
      // What is set aside comes back after younger buffers: the guest's rings put that in order.
      guest.violations.removeIf(violation -> inOrder && violation.contains("came back before"));
      await("the thread ends", () -> !requireNonNull(stuck.thread).isAlive());
      assertInstanceOf(IllegalStateException.class, stuck.late);
    } finally {
      stuck.release();
      stuck.pipe.close();
    }
  }
}
