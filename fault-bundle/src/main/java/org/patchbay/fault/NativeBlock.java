package org.patchbay.fault;

import java.lang.foreign.MemorySegment;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxSegments;

/**
 * Has the kernel wait for data to write to the newest buffer that the queue holds. When the block
 * ends, the kernel writes there, as a device would whose transfer comes late.
 */
final class NativeBlock implements QueueFault {

  /** How many bytes the kernel writes in the end. */
  static final int BYTES = 8;

  private final Blocker blocker;
  private final Helpers helpers;
  private final RxSegments segments = new RxSegments(256);
  private int held;
  private boolean holds;

  NativeBlock(Blocker blocker, Helpers helpers) {
    this.blocker = blocker;
    this.helpers = helpers;
  }

  @Override
  public void posted(BufferAccess buffers, int[] ids, int count) {
    if (count > 0) {
      held = ids[count - 1];
      holds = true;
    }
  }

  @Override
  public void returned(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      holds &= ids[i] != held;
    }
  }

  @Override
  public void before(BufferAccess buffers) {
    segments.clear();
    if (!holds || buffers.pushGuestAddresses(held, segments) <= 0) {
      return; // with nothing to write to, the next call is tried
    }
    GuestMemory memory = buffers.guestMemory();
    long address = segments.address(0);
    int region = memory.regionOf(address, BYTES);
    if (region >= 0) {
      block(memory.regionMemory(region).asSlice(address - memory.regionAddress(region), BYTES));
    }
  }

  private void block(MemorySegment target) {
    int[] ends = PipeCalls.open();
    try {
      boolean begun =
          helpers.start(
              "ends a native call",
              () -> {
                blocker.commit();
                long unused = PipeCalls.write(ends[1], BYTES);
              });
      if (begun) {
        long unused = PipeCalls.read(ends[0], target);
      }
    } finally {
      // The helper has written, so it uses its end no more; or there is none.
      int unused = PipeCalls.close(ends[0]) + PipeCalls.close(ends[1]);
    }
  }
}
