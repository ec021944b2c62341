package org.patchbay.benchmarks.loopback;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;

/** Copies each packet twice, as a frontend does whose receive buffers are scattered. */
final class LinearizingBuffers extends CountingBuffers {

  private final MemorySegment linear;

  LinearizingBuffers(BufferAccess delegate, Arena arena) {
    super(delegate);
    linear = arena.allocate(Slots.SIZE);
  }

  @Override
  public int writePacket(int id, RxMetadata metadata, TxBatch batch, int packet) {
    int length = batch.linearize(packet, guestMemory(), linear, 0, Slots.SIZE);
    return length < 0 ? length : writePacket(id, metadata, linear, 0, length);
  }
}
