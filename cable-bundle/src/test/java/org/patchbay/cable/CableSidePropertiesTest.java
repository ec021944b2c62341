package org.patchbay.cable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.patchbay.api.TxBatch;

/**
 * Whatever two engines do to a cable's sides, each buffer is in exactly one place, and frames cross
 * whole and in order. The model beside it knows where each buffer must be.
 */
class CableSidePropertiesTest {

  private static final int SLOTS = 5;
  private static final int LENGTH = 60;

  enum Step {
    TAKE,
    RECEIVE,
    DISCARD,
    ACCEPT,
    COMPLETE,
    COMPLETE_NEWEST,
    RESTART
  }

  /**
   * What an engine does.
   *
   * @param side of the cable, 0 or 1
   * @param step what
   * @param most how many buffers or packets at most
   */
  record Action(int side, Step step, int most) {}

  @Provide
  Arbitrary<List<Action>> actions() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 1),
            Arbitraries.of(Step.class),
            Arbitraries.integers().between(1, SLOTS))
        .as(Action::new)
        .list()
        .ofMaxSize(200);
  }

  /** Where each buffer of both sides must be. */
  private static final class Model {

    final Joined joined = new Joined(SLOTS);
    final List<List<Integer>> posted = List.of(new ArrayList<>(), new ArrayList<>());

    /** Frames that a side has yet to transmit: buffers of the other side, and their numbers. */
    final List<Deque<int[]>> waiting = List.of(new ArrayDeque<>(), new ArrayDeque<>());

    final List<List<Integer>> inFlight = List.of(new ArrayList<>(), new ArrayList<>());
    final int[] ids = new int[SLOTS];
    int number;

    int freeOf(int side) {
      int other = 1 - side;
      return SLOTS
          - posted.get(side).size()
          - waiting.get(other).size()
          - inFlight.get(other).size();
    }

    void run(Action action) {
      int side = action.side();
      switch (action.step()) {
        case TAKE -> take(side, action.most());
        case RECEIVE -> receive(side, action.most());
        case DISCARD -> discard(side, action.most());
        case ACCEPT -> accept(side, action.most());
        case COMPLETE -> complete(side, action.most(), false);
        case COMPLETE_NEWEST -> complete(side, action.most(), true);
        case RESTART -> complete(side, SLOTS, false);
      }
    }

    void take(int side, int most) {
      int expected = Math.min(most, freeOf(side));
      assertEquals(expected, joined.sides[side].takePosted(ids, most));
      for (int i = 0; i < expected; i++) {
        posted.get(side).add(ids[i]);
      }
    }

    int removePosted(int side, int most) {
      int count = Math.min(most, posted.get(side).size());
      for (int i = 0; i < count; i++) {
        ids[i] = posted.get(side).removeFirst();
      }
      return count;
    }

    void receive(int side, int most) {
      int count = removePosted(side, most);
      for (int i = 0; i < count; i++) {
        joined.fill(side, ids[i], ++number, number % 7, LENGTH + number % 100, number % 3 - 1);
        waiting.get(1 - side).add(new int[] {ids[i], number});
      }
      long bytes = joined.sides[side].deliver(ids, count);
      assertTrue(bytes >= (long) count * LENGTH);
    }

    void discard(int side, int most) {
      int count = removePosted(side, most);
      joined.sides[side].discard(ids, count);
    }

    void accept(int side, int most) {
      TxBatch batch = new TxBatch(SLOTS - 1, SLOTS - 1);
      int shown = joined.sides[side].peekTransmits(batch);
      assertEquals(Math.min(SLOTS - 1, waiting.get(side).size()), shown);
      int packet = 0;
      for (int[] frame : waiting.get(side)) {
        if (packet == shown) {
          break;
        }
        assertEquals(frame[0], batch.id(packet));
        assertEquals(frame[1], joined.numberIn(batch, packet), "frames cross in order");
        assertEquals(LENGTH + frame[1] % 100, batch.length(packet));
        assertEquals(frame[1] % 3 - 1, batch.vlan(packet));
        assertTrue(batch.isWellFormed(packet));
        packet++;
      }
      int count = Math.min(most, shown);
      joined.sides[side].acceptTransmits(count);
      for (int i = 0; i < count; i++) {
        inFlight.get(side).add(waiting.get(side).remove()[0]);
      }
    }

    void complete(int side, int most, boolean newest) {
      List<Integer> flying = inFlight.get(side);
      int count = Math.min(most, flying.size());
      for (int i = 0; i < count; i++) {
        ids[i] = newest ? flying.removeLast() : flying.removeFirst();
      }
      joined.sides[side].completeTransmits(ids, count);
    }

    /** Everything comes home, and each buffer once. */
    void finish() {
      for (int side = 0; side < 2; side++) {
        while (!waiting.get(side).isEmpty()) {
          accept(side, SLOTS);
        }
        complete(side, SLOTS, false);
      }
      for (int side = 0; side < 2; side++) {
        take(side, SLOTS);
        assertEquals(SLOTS, posted.get(side).size());
        Set<Integer> different = new HashSet<>(posted.get(side));
        assertEquals(SLOTS, different.size(), "each buffer once");
      }
    }
  }

  @Property(tries = 2000)
  void eachBufferIsInOnePlaceAndFramesCrossInOrder(@ForAll("actions") List<Action> actions) {
    Model model = new Model();
    try (Joined ignored = model.joined) {
      for (Action action : actions) {
        model.run(action);
      }
      model.finish();
    }
  }
}
