package org.patchbay.frontend;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.patchbay.api.control.NicStatistics;

/** All ring pairs of a NIC. The coordinator's, except what any thread may read. */
final class PairSet {

  private static final PairPath[] NONE = new PairPath[0];

  private final PairPath[] pairs;
  private int active;

  /**
   * @throws IllegalArgumentException if there is none, or their numbers of slots differ
   */
  PairSet(List<? extends RingPair> rings) {
    if (rings.isEmpty()) {
      throw new IllegalArgumentException("a NIC without a ring pair; allowed is at least one");
    }
    requireEqual(rings, "receive", RingPair::receiveSlots);
    requireEqual(rings, "transmit", RingPair::transmitSlots);
    pairs = new PairPath[rings.size()];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = new PairPath(rings.get(i), i, pairs.length);
    }
    active = pairs.length;
  }

  private static void requireEqual(
      List<? extends RingPair> rings, String what, ToIntFunction<RingPair> slots) {
    int first = slots.applyAsInt(rings.getFirst());
    for (RingPair each : rings) {
      int own = slots.applyAsInt(each);
      if (own != first) {
        throw new IllegalArgumentException(
            "ring pairs have %d and %d %s slots; allowed are equal numbers"
                .formatted(first, own, what));
      }
    }
  }

  int size() {
    return pairs.length;
  }

  PairPath get(int index) {
    return pairs[index];
  }

  /** How many of the first pairs the guest uses. */
  int active() {
    return active;
  }

  void setActive(int count) {
    active = count;
  }

  /**
   * The pairs that belong to a queue.
   *
   * @param served how many of the first pairs are served at all
   */
  PairPath[] ofQueue(int queue, int queues, int served) {
    if (queue >= served) {
      return NONE;
    }
    PairPath[] own = new PairPath[(served - queue + queues - 1) / queues];
    for (int i = 0; i < own.length; i++) {
      own[i] = pairs[queue + i * queues];
    }
    return own;
  }

  /** Tells the pairs from one on that they are served no more. */
  void restFrom(int first) {
    for (int i = first; i < pairs.length; i++) {
      pairs[i].rest();
    }
  }

  /** Notes everything that was posted as the engine's own, as the queues were closed. */
  void withdrawAll() {
    for (PairPath pair : pairs) {
      pair.ledger().withdrawAll();
    }
  }

  /** What was lent so far may be in the hands of a thread that was given up. */
  void lendApart() {
    for (PairPath pair : pairs) {
      pair.lendApart();
    }
  }

  /** Keeps all that is posted from everybody, as a native call still uses the memory. */
  void setAside(LentMemory memory) {
    for (PairPath pair : pairs) {
      pair.setAside(memory.number());
    }
  }

  /** Keeps all that is held from everybody, as memory may be used since before that was posted. */
  void setAllAside(LentMemory memory) {
    for (PairPath pair : pairs) {
      pair.setAllAside(memory.number());
    }
  }

  /**
   * Ends {@link #setAside} and {@link #setAllAside}.
   *
   * @param isLast whether no other memory is held
   */
  void restore(LentMemory memory, boolean isLast) {
    for (PairPath pair : pairs) {
      pair.restore(memory.number(), isLast);
    }
  }

  /** Lets pairs that wait for memory go on, where they have other memory now. */
  void endWaits(List<LentMemory> held) {
    for (PairPath pair : pairs) {
      pair.endWait(held);
    }
  }

  /** Receive buffers that queues held. */
  int buffersHeld() {
    int count = 0;
    for (PairPath pair : pairs) {
      count += pair.ledger().heldCount();
    }
    return count;
  }

  /**
   * Whether queues have anything in flight, whether the guest's packets or what was made of them.
   */
  boolean isInFlight() {
    for (PairPath pair : pairs) {
      if (pair.transmits().inFlight() > 0) {
        return true;
      }
    }
    return false;
  }

  /** Transmits that queues did not complete. */
  int transmitsInFlight() {
    int count = 0;
    for (PairPath pair : pairs) {
      count += pair.ledger().inFlightCount();
    }
    return count;
  }

  // ---- any thread ----

  /** Tells all pairs of the link's state, and has their workers look at them. */
  void linkChanged(boolean up) {
    for (PairPath pair : pairs) {
      pair.rings().linkChanged(up);
      pair.wake();
    }
  }

  /** Sum of one counter over all pairs. */
  long sum(Function<PortCounters, Counter> counter) {
    long sum = 0;
    for (PairPath pair : pairs) {
      sum += counter.apply(pair.counters()).get();
    }
    return sum;
  }

  /**
   * The counters of all pairs together.
   *
   * @param txErrors of queues, as {@link NicStatistics}, and so on
   */
  NicStatistics statistics(long txErrors, long rxErrors, long swaps) {
    return new NicStatistics(
        sum(counters -> counters.txPackets),
        sum(counters -> counters.txBytes),
        sum(counters -> counters.rxPackets),
        sum(counters -> counters.rxBytes),
        sum(counters -> counters.txDropped),
        sum(counters -> counters.txLost),
        txErrors + sum(counters -> counters.txBadHeaders),
        rxErrors,
        swaps,
        sum(counters -> counters.refusedIds),
        sum(counters -> counters.idsOutstanding),
        (int) sum(counters -> counters.txInFlight),
        (int) sum(counters -> counters.rxPosted),
        (int) sum(counters -> counters.rxSetAside));
  }
}
