package org.patchbay.cable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.HostMemory;
import org.patchbay.frontend.RingPort;
import org.patchbay.frontend.SlotBuffers;

/** Two joined sides in memory of their own, with ports that only count. */
final class Joined implements AutoCloseable {

  static final int SLOT_SIZE = Cable.slotSize(1500);

  final HostMemory memory;
  final CableSide[] sides = new CableSide[2];
  final int[] wakes = new int[2];
  private final SlotBuffers[] slotsOf = new SlotBuffers[2];
  private final BufferAccess[] access = new BufferAccess[2];
  private final GuestRegion scratch =
      new GuestRegion(RingPort.SCRATCH_START, Arena.ofAuto().allocate(64));

  Joined(int slots) {
    memory = new HostMemory(2L * slots * SLOT_SIZE);
    for (int i = 0; i < 2; i++) {
      long base = HostMemory.START + (long) i * slots * SLOT_SIZE;
      SlotBuffers buffers = new SlotBuffers(memory.guest(), base, slots, SLOT_SIZE);
      slotsOf[i] = buffers;
      sides[i] = new CableSide("c0." + "ab".charAt(i), buffers, slots, slots);
    }
    CableSide.join(sides[0], sides[1]);
    for (int i = 0; i < 2; i++) {
      int index = i;
      sides[i].attach(
          new RingPort() {
            @Override
            public void wake() {
              wakes[index]++;
            }

            @Override
            public boolean isPosted(int id) {
              return true;
            }

            @Override
            public void refuse(int id) {
              throw new AssertionError("nothing is refused here");
            }

            @Override
            public GuestRegion scratch() {
              return scratch;
            }
          });
      access[i] = sides[i].lend(sides[i].memory(), MemorySegment.NULL, false);
    }
  }

  /** Writes a frame that holds a number to a buffer, as a backend would. */
  void fill(int side, int id, int number, int offset, int length, int vlan) {
    BufferAccess buffers = access[side];
    long target = (addressOf(side, id) - HostMemory.START) + offset;
    memory.segment().set(ValueLayout.JAVA_INT_UNALIGNED, target, number);
    assertEquals(
        BufferAccess.WRITTEN,
        buffers.writeMetadata(id, new RxMetadata().set(offset, length).vlan(vlan)));
  }

  long addressOf(int side, int id) {
    return slotsOf[side].address(id);
  }

  /** The number in a packet of a batch. */
  int numberIn(TxBatch batch, int packet) {
    long address = batch.segmentAddress(batch.firstSegment(packet));
    return memory.segment().get(ValueLayout.JAVA_INT_UNALIGNED, address - HostMemory.START);
  }

  @Override
  public void close() {
    memory.close();
  }
}
