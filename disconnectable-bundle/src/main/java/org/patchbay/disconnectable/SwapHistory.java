package org.patchbay.disconnectable;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.control.SwapRecord;

/** The last transitions of a NIC. Any thread. */
final class SwapHistory {

  /** How many transitions are kept. */
  static final int CAPACITY = 32;

  private static final class Entry {
    volatile SwapRecord swap;
    // Null once the blackout is known, so that the engine's objects can go.
    volatile @Nullable LongSupplier blackout;

    Entry(SwapRecord swap, @Nullable LongSupplier blackout) {
      this.swap = swap;
      this.blackout = blackout;
    }

    SwapRecord read() {
      LongSupplier meter = blackout;
      if (meter != null) {
        long nanos = meter.getAsLong();
        if (nanos >= 0) {
          swap = withBlackout(swap, nanos);
          blackout = null;
        }
      }
      return swap;
    }
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>(CAPACITY); // guarded by itself

  /** Adds a transition; its blackout is asked for when somebody reads the record. */
  void add(SwapRecord swap, @Nullable LongSupplier blackout) {
    synchronized (entries) {
      if (entries.size() == CAPACITY) {
        entries.removeFirst();
      }
      entries.addLast(new Entry(swap, blackout));
    }
  }

  /** The transitions, oldest first, with the blackouts that are known by now. */
  List<SwapRecord> records() {
    List<Entry> kept;
    synchronized (entries) {
      kept = List.copyOf(entries);
    }
    return kept.stream().map(Entry::read).toList();
  }

  private static SwapRecord withBlackout(SwapRecord swap, long nanos) {
    return new SwapRecord(
        swap.time(),
        swap.nic(),
        swap.from(),
        swap.to(),
        swap.generation(),
        swap.reason(),
        swap.failure(),
        swap.switchNanos(),
        nanos,
        swap.buffersReturned(),
        swap.framesLost());
  }
}
