package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;

/** What lies around a guest's memory: filled with a pattern, and checked to be as it was. */
final class Edges {

  private static final byte PATTERN = 0x5a;

  private final MemorySegment before;
  private final MemorySegment after;
  private final MemorySegment expected = MemorySegment.ofArray(new byte[RingRig.AROUND]);

  Edges(RingRig rig) {
    before = rig.surroundings.asSlice(0, RingRig.AROUND).fill(PATTERN);
    after =
        rig.surroundings
            .asSlice(RingRig.AROUND + rig.memory.byteSize(), RingRig.AROUND)
            .fill(PATTERN);
    expected.fill(PATTERN);
  }

  void check() {
    assertEquals(-1, before.mismatch(expected), "written before the guest's memory");
    assertEquals(-1, after.mismatch(expected), "written behind the guest's memory");
  }
}
