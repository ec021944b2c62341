package org.patchbay.frontend;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.patchbay.api.GuestMemory;

/**
 * A guest with several ring pairs that sends numbered frames of several flows and checks what comes
 * back: each frame once, and those of a flow in order.
 */
final class FlowGuest implements AutoCloseable {

  static final int SLOTS = 256;
  static final int SIZE = 128;

  private final Arena arena = Arena.ofShared();
  final GuestMemory memory;
  final List<FlowRings> pairs = new ArrayList<>();

  /** The next number that each flow expects; a flow is a number. */
  final ConcurrentHashMap<Integer, Long> expected = new ConcurrentHashMap<>();

  /** The numbers of each flow that came an odd number of times. */
  final ConcurrentHashMap<Integer, BitSet> numbers = new ConcurrentHashMap<>();

  /** Whether a flow's frames may go to two pairs for a while, and so lose their order. */
  volatile boolean maySteerWrongly;

  /** The pair that each flow was delivered to last. */
  final ConcurrentHashMap<Integer, Integer> home = new ConcurrentHashMap<>();

  final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  volatile BooleanSupplier intact = () -> true;

  FlowGuest(int pairCount) {
    memory = GuestMemory.of(arena.allocate(memoryBytes(pairCount)));
    addPairs(pairCount);
  }

  /** With memory that a test provides. */
  FlowGuest(int pairCount, GuestMemory memory) {
    this.memory = memory;
    addPairs(pairCount);
  }

  private void addPairs(int count) {
    for (int i = 0; i < count; i++) {
      pairs.add(new FlowRings(this, i, count));
    }
  }

  static long memoryBytes(int pairCount) {
    return 2L * pairCount * SLOTS * SIZE;
  }

  /** Orders more frames of every pair. */
  void order(long frames) {
    pairs.forEach(pair -> pair.order(frames));
  }

  /** No more than what was sent. */
  void stopSending() {
    pairs.forEach(pair -> pair.ordered = 0);
  }

  /** Whether each frame up to the last of its flow came once. */
  boolean isComplete() {
    return expected.entrySet().stream()
        .allMatch(
            flow ->
                Objects.requireNonNull(numbers.get(flow.getKey())).nextClearBit(0)
                    == flow.getValue());
  }

  long accepted() {
    return pairs.stream().mapToLong(pair -> pair.accepted).sum();
  }

  long completed() {
    return pairs.stream().mapToLong(pair -> pair.completed).sum();
  }

  long delivered() {
    return pairs.stream().mapToLong(pair -> pair.delivered).sum();
  }

  @Override
  public void close() {
    arena.close();
  }
}
