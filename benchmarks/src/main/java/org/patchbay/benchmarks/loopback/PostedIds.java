package org.patchbay.benchmarks.loopback;

import org.patchbay.frontend.RingPort;

/** Which receive buffers the backend holds. */
final class PostedIds implements RingPort {

  private final boolean[] posted = new boolean[Slots.COUNT];
  private long refused;

  /** Marks buffers as the backend's. */
  void post(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      posted[ids[i]] = true;
    }
  }

  /** Takes buffers back. */
  void take(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      posted[ids[i]] = false;
    }
  }

  /** How many ids were used without being held. */
  long refused() {
    return refused;
  }

  @Override
  public void wake() {
    // The measuring thread polls at every turn.
  }

  @Override
  public boolean isPosted(int id) {
    return id >= 0 && id < posted.length && posted[id];
  }

  @Override
  public void refuse(int id) {
    refused++;
  }
}
