package org.patchbay.vhostuser.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.patchbay.api.InspectNode;

/** What one virtqueue counts. Written by the worker, read by any thread. */
final class RingCounters {

  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final Cause[] CAUSES = Cause.values();

  /** Times that the guest was notified. */
  static final int CALLS = 0;

  /** Times that the guest wanted no notification. */
  static final int CALLS_SUPPRESSED = 1;

  /** Times that the guest's notification was taken. */
  static final int KICKS = 2;

  /** Chains given back. */
  static final int CHAINS = 3;

  private static final String[] NAMES = {
    "notifications sent", "notifications suppressed", "kicks", "chains returned"
  };

  private final long[] values = new long[NAMES.length + CAUSES.length];

  void add(int counter, long amount) {
    ELEMENT.setOpaque(values, counter, values[counter] + amount);
  }

  void drop(Cause cause) {
    add(NAMES.length + cause.ordinal(), 1);
  }

  long get(int counter) {
    return (long) ELEMENT.getOpaque(values, counter);
  }

  long dropped(Cause cause) {
    return get(NAMES.length + cause.ordinal());
  }

  /** Shows the counters, of the causes only those that occurred. */
  void inspect(InspectNode node) {
    for (int counter = 0; counter < NAMES.length; counter++) {
      node.value(NAMES[counter], get(counter));
    }
    long total = 0;
    for (Cause cause : CAUSES) {
      total += dropped(cause);
    }
    node.value("chains dropped", total);
    if (total > 0) {
      InspectNode causes = node.child("dropped by cause");
      for (Cause cause : CAUSES) {
        if (dropped(cause) > 0) {
          causes.value(cause.words(), dropped(cause));
        }
      }
    }
  }
}
