package org.patchbay.disconnectable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/** Receive buffers that nobody writes to: the tests here follow ids, not bytes. */
final class TestBuffers implements BufferAccess {

  private static final GuestMemory MEMORY = GuestMemory.of(Arena.global().allocate(4096));

  @Override
  public GuestMemory guestMemory() {
    return MEMORY;
  }

  @Override
  public int capacity(int id) {
    return 64;
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments segments) {
    return NOT_POSTED;
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments) {
    return NOT_POSTED;
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    return NOT_POSTED;
  }

  @Override
  public int writeMetadata(int id, RxMetadata metadata) {
    return NOT_POSTED;
  }

  @Override
  public int writePacket(int id, RxMetadata metadata, TxBatch batch, int packet) {
    return NOT_POSTED;
  }
}
