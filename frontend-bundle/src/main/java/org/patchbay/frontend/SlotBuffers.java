package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.RxMetadata;

/**
 * Receive buffers as equal slots, one behind the other, for frontends that have no guest with a
 * layout of its own. Buffer {@code id} lies at {@code base + id * slotSize}; the metadata of its
 * last frame is kept beside it.
 *
 * <p>Worker only, or the coordinator's while the worker rests.
 */
public final class SlotBuffers {

  private GuestMemory memory;
  private final long base;
  private final int slotSize;
  private RxMetadata[] metadata;
  private @Nullable RingPort port;
  private @Nullable SlotAccess lent;

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

  /** Guest memory with all slots, and what was included. */
  public GuestMemory memory() {
    return memory;
  }

  /** As {@link RingPair#lend}, for pairs whose buffers are all slots of this. */
  public BufferAccess lend(GuestMemory view, boolean apart) {
    SlotAccess before = lent;
    if (before != null) {
      before.end();
    }
    if (apart) {
      metadata = copyOf(metadata);
    }
    SlotAccess next = new SlotAccess(view, base, slotSize, metadata, port);
    lent = next;
    return next;
  }

  private static RxMetadata[] copyOf(RxMetadata[] all) {
    RxMetadata[] copies = new RxMetadata[all.length];
    for (int slot = 0; slot < all.length; slot++) {
      copies[slot] = new RxMetadata();
      copies[slot].copyFrom(all[slot]);
    }
    return copies;
  }

  /** Guest address of a slot. */
  public long address(int id) {
    return base + (long) id * slotSize;
  }

  /** Metadata of the last frame in a slot; overwritten when the slot is filled again. */
  public RxMetadata metadata(int id) {
    return metadata[id];
  }
}
