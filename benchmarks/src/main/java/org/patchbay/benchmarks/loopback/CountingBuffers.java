package org.patchbay.benchmarks.loopback;

import java.lang.foreign.MemorySegment;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/**
 * Passes every call on, packet by packet, and counts them: what a capture or a tester puts in
 * between.
 */
class CountingBuffers implements BufferAccess {

  private final BufferAccess delegate;
  private long packets;

  CountingBuffers(BufferAccess delegate) {
    this.delegate = delegate;
  }

  /** Packets that were written through this access. */
  long packets() {
    return packets;
  }

  @Override
  public GuestMemory guestMemory() {
    return delegate.guestMemory();
  }

  @Override
  public int capacity(int id) {
    return delegate.capacity(id);
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments segments) {
    return delegate.pushGuestAddresses(id, segments);
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments) {
    return delegate.pushGuestAddresses(ids, from, count, segments);
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    return delegate.writeData(id, source, offset, length);
  }

  @Override
  public int writeMetadata(int id, RxMetadata metadata) {
    packets++;
    return delegate.writeMetadata(id, metadata);
  }

  @Override
  public int writePacket(int id, RxMetadata metadata, TxBatch batch, int packet) {
    packets++;
    return delegate.writePacket(id, metadata, batch, packet);
  }
}
