package org.patchbay.frontend;

import java.lang.foreign.MemorySegment;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/** The access of a queue that no ring pair belongs to: it has no buffer. Any thread. */
final class NoBuffers implements BufferAccess {

  private final GuestMemory view;

  NoBuffers(GuestMemory view) {
    this.view = view;
  }

  @Override
  public GuestMemory guestMemory() {
    return view;
  }

  @Override
  public int capacity(int id) {
    return NOT_POSTED;
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments segments) {
    return NOT_POSTED;
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments) {
    return count == 0 ? 0 : NOT_POSTED;
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
