package org.patchbay.frontend;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/** What {@link SlotBuffers} lend to one generation of queues. Worker only. */
final class SlotAccess implements BufferAccess {

  private final GuestMemory memory;
  private final long base;
  private final int slotSize;
  private final RxMetadata[] metadata;

  /** Null once another access was lent. */
  private @Nullable RingPort port;

  SlotAccess(
      GuestMemory memory, long base, int slotSize, RxMetadata[] metadata, @Nullable RingPort port) {
    this.memory = memory;
    this.base = base;
    this.slotSize = slotSize;
    this.metadata = metadata;
    this.port = port;
  }

  @Override
  public GuestMemory guestMemory() {
    return memory;
  }

  @Override
  public int capacity(int id) {
    return refuses(id) ? NOT_POSTED : slotSize;
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments segments) {
    if (refuses(id)) {
      return NOT_POSTED;
    }
    segments.add(address(id), slotSize);
    return 1;
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments) {
    for (int i = from; i < from + count; i++) {
      if (pushGuestAddresses(ids[i], segments) < 0) {
        return NOT_POSTED;
      }
      segments.endBuffer();
    }
    return count;
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    if (refuses(id)) {
      return NOT_POSTED;
    }
    if (length > slotSize) {
      return TOO_LONG;
    }
    return memory.write(address(id), source, offset, length) ? WRITTEN : TOO_LONG;
  }

  @Override
  public int writeMetadata(int id, RxMetadata newMetadata) {
    if (refuses(id)) {
      return NOT_POSTED;
    }
    int offset = newMetadata.offset();
    int length = newMetadata.length();
    if (offset < 0 || length < 0 || (long) offset + length > slotSize) {
      overrun(id);
      return TOO_LONG;
    }
    metadata[id].copyFrom(newMetadata);
    return WRITTEN;
  }

  @Override
  public int writePacket(int id, RxMetadata newMetadata, TxBatch batch, int packet) {
    if (refuses(id)) {
      return NOT_POSTED;
    }
    int length = batch.copyPacket(packet, memory, memory, address(id), slotSize);
    return length < 0 ? length : writeMetadata(id, newMetadata);
  }

  @Override
  public int writePackets(
      int[] ids, int from, int count, RxMetadata carrier, TxBatch batch, int packet) {
    RingPort ledger = port;
    if (ledger == null) {
      return 0;
    }
    for (int i = 0; i < count; i++) {
      int id = ids[from + i];
      if (!ledger.isPosted(id)) {
        return i;
      }
      int length = batch.copyPacket(packet + i, memory, memory, address(id), slotSize);
      if (length < 0) {
        return i;
      }
      int vlan = batch.vlan(packet + i);
      metadata[id].set(0, length).vlan(vlan);
    }
    return count;
  }

  /** Ends all access to buffers: a late call finds none posted. */
  void end() {
    port = null;
  }

  private long address(int id) {
    return base + (long) id * slotSize;
  }

  private void overrun(int id) {
    RingPort ledger = port;
    if (ledger != null) {
      ledger.overrun(id);
    }
  }

  private boolean refuses(int id) {
    RingPort ledger = port;
    if (ledger == null || ledger.isPosted(id)) {
      return ledger == null;
    }
    ledger.refuse(id);
    return true;
  }
}
