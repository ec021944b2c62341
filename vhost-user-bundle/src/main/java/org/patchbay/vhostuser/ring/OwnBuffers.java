package org.patchbay.vhostuser.ring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.patchbay.api.GuestRegion;
import org.patchbay.frontend.RingPort;

/**
 * Receive buffers in memory of our own, each with room for a virtio-net header and a frame, for
 * {@link MergingReceive}. They lie at guest addresses that no guest has.
 *
 * <p>Worker only.
 */
final class OwnBuffers {

  /** How many there are: as many as a batch has. */
  static final int COUNT = 64;

  /** Guest address of the first pair's, above all scratch memory of the engine. */
  private static final long START = RingPort.SCRATCH_START + (1L << 61);

  private static final long PAIR_DISTANCE = 1L << 40;
  private static final int LINE = 64;

  /** The buffers, one a slot. */
  final Chains chains = new Chains(COUNT);

  private final GuestRegion region;
  private final int[] free = new int[COUNT];
  private int freeCount;

  OwnBuffers(int pairIndex, int frameSize) {
    int distance = (NetHeader.LENGTH + frameSize + LINE - 1) / LINE * LINE;
    // Reclaimed when neither this nor a GuestMemory names it any more.
    MemorySegment memory = Arena.ofAuto().allocate((long) COUNT * distance, LINE);
    region = new GuestRegion(START + pairIndex * PAIR_DISTANCE, memory);
    for (int slot = 0; slot < COUNT; slot++) {
      chains.guestAddress[slot] = region.guestAddress() + (long) slot * distance;
      chains.nativeAddress[slot] = memory.address() + (long) slot * distance;
      chains.length[slot] = NetHeader.LENGTH + frameSize;
    }
    reset();
  }

  /** The memory that they lie in. */
  GuestRegion region() {
    return region;
  }

  /** Makes all of them free. */
  void reset() {
    for (int slot = 0; slot < COUNT; slot++) {
      free[slot] = COUNT - 1 - slot;
    }
    freeCount = COUNT;
  }

  int freeCount() {
    return freeCount;
  }

  int take() {
    return free[--freeCount];
  }

  void giveBack(int slot) {
    free[freeCount++] = slot;
  }
}
