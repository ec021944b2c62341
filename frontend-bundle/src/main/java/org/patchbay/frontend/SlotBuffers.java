package org.patchbay.frontend;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/**
 * Receive buffers as equal slots, one behind the other, for frontends that have no guest with a
 * layout of its own. Buffer {@code id} lies at {@code base + id * slotSize}; the metadata of its
 * last frame is kept beside it.
 *
 * <p>Worker only.
 */
public final class SlotBuffers implements BufferAccess {

  private GuestMemory memory;
  private final long base;
  private final int slotSize;
  private final RxMetadata[] metadata;
  private @Nullable RingPort port;

  /**
   * @param memory guest memory that holds all slots
   * @param base guest address of slot 0
   * @param slots how many there are
   * @param slotSize bytes of each
   * @throws IllegalArgumentException if the slots don't lie in the memory
   */
  public SlotBuffers(GuestMemory memory, long base, int slots, int slotSize) {
    for (int slot = 0; slot < slots; slot++) {
      if (!memory.contains(base + (long) slot * slotSize, slotSize)) {
        throw new IllegalArgumentException("slot " + slot + " is not in guest memory");
      }
    }
    this.memory = memory;
    this.base = base;
    this.slotSize = slotSize;
    metadata = new RxMetadata[slots];
    for (int slot = 0; slot < slots; slot++) {
      metadata[slot] = new RxMetadata();
    }
  }

  /** Names the port whose ledger decides which slots the backend holds. */
  public void attach(RingPort ringPort) {
    port = ringPort;
  }

  /**
   * Lets backends see memory that is not the guest's, as {@link RingPort#scratch}. Before the first
   * queue is opened.
   */
  public void include(GuestRegion region) {
    List<GuestRegion> regions = new ArrayList<>();
    regions.add(region);
    for (int i = 0; i < memory.regionCount(); i++) {
      regions.add(new GuestRegion(memory.regionAddress(i), memory.regionMemory(i)));
    }
    memory = new GuestMemory(regions);
  }

  /** Guest address of a slot. */
  public long address(int id) {
    return base + (long) id * slotSize;
  }

  /** Metadata of the last frame in a slot; overwritten when the slot is filled again. */
  public RxMetadata metadata(int id) {
    return metadata[id];
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

  private boolean refuses(int id) {
    RingPort ledger = port;
    if (ledger == null || ledger.isPosted(id)) {
      return ledger == null;
    }
    ledger.refuse(id);
    return true;
  }
}
