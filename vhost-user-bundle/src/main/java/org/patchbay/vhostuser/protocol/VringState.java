package org.patchbay.vhostuser.protocol;

import org.jspecify.annotations.Nullable;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/** What a front-end has said of one ring so far. It owns the ring's descriptors. */
final class VringState {

  /** Where the three areas of a ring lie, in the front-end's addresses. */
  record Addresses(long descriptorArea, long driverArea, long deviceArea) {}

  /** The bits of a packed ring's base that are an index; the next one is the wrap counter. */
  private static final int WRAPPED_INDEX = 0x7fff;

  private final int index;
  private int size;
  private int base;
  private @Nullable Addresses addresses;
  private @Nullable GuestEvent kick;
  private @Nullable GuestEvent call;
  private @Nullable GuestEvent error;
  private boolean kicked;
  private boolean running;
  private @Nullable Boolean enabled;

  VringState(int index) {
    this.index = index;
  }

  int index() {
    return index;
  }

  /** The queue pair that it belongs to. */
  int pair() {
    return index >> 1;
  }

  void setSize(int newSize) {
    size = newSize;
  }

  int size() {
    return size;
  }

  void setBase(int newBase) {
    base = newBase;
  }

  int base() {
    return base;
  }

  void setAddresses(Addresses newAddresses) {
    addresses = newAddresses;
  }

  @Nullable Addresses addresses() {
    return addresses;
  }

  /** Whether everything is there that a ring needs to run. */
  boolean isReady() {
    return kicked && size > 0 && addresses != null;
  }

  boolean isRunning() {
    return running;
  }

  void setRunning(boolean nowRunning) {
    running = nowRunning;
  }

  /** Says that the front-end enabled or disabled the ring; null that it has not said anything. */
  void setEnabled(@Nullable Boolean nowEnabled) {
    enabled = nowEnabled;
  }

  boolean isEnabled(boolean unlessSaid) {
    return enabled == null ? unlessSaid : enabled;
  }

  @Nullable GuestEvent kick() {
    return kick;
  }

  @Nullable GuestEvent call() {
    return call;
  }

  @Nullable GuestEvent error() {
    return error;
  }

  /** Takes a kick descriptor, or null where the guest does not kick; gives the one before. */
  @Nullable GuestEvent replaceKick(@Nullable GuestEvent newKick) {
    GuestEvent before = kick;
    kick = newKick;
    kicked = true;
    return before;
  }

  /** Takes the kick descriptor away, so that the ring starts with the next one. */
  @Nullable GuestEvent removeKick() {
    GuestEvent before = kick;
    kick = null;
    kicked = false;
    return before;
  }

  @Nullable GuestEvent replaceCall(@Nullable GuestEvent newCall) {
    GuestEvent before = call;
    call = newCall;
    return before;
  }

  @Nullable GuestEvent replaceError(@Nullable GuestEvent newError) {
    GuestEvent before = error;
    error = newError;
    return before;
  }

  /**
   * Finds the ring in the mapped memory.
   *
   * @param packed whether it is a packed ring
   * @param eventIndex whether its areas have room for event indices
   * @throws ProtocolViolation if an area lies elsewhere, or not where its alignment demands
   */
  VirtqueueLayout layout(MemoryTable memory, boolean packed, boolean eventIndex)
      throws ProtocolViolation {
    Addresses at = addresses;
    if (at == null) {
      throw new IllegalStateException("ring " + index + " has no addresses");
    }
    if (!packed && Integer.bitCount(size) != 1) {
      throw new ProtocolViolation(
          "ring " + index + " has " + size + " entries; split rings have a power of two");
    }
    if (packed && ((base & WRAPPED_INDEX) >= size || (base >>> 16 & WRAPPED_INDEX) >= size)) {
      throw new ProtocolViolation(
          "ring "
              + index
              + " is to begin at 0x"
              + Integer.toHexString(base)
              + ", which is past its "
              + size
              + " entries");
    }
    long event = eventIndex ? Short.BYTES : 0;
    long driver = packed ? 4 : 4 + 2L * size + event;
    long device = packed ? 4 : 4 + 8L * size + event;
    return new VirtqueueLayout(
        size,
        area(memory, "descriptor", at.descriptorArea(), 16L * size, 16),
        area(memory, "driver", at.driverArea(), driver, packed ? 4 : 2),
        area(memory, "device", at.deviceArea(), device, 4),
        base);
  }

  private long area(MemoryTable memory, String name, long address, long length, int alignment)
      throws ProtocolViolation {
    long found = memory.nativeAddress(address, length);
    if (found == 0 || (found & alignment - 1) != 0) {
      throw new ProtocolViolation(
          "the %s area of ring %d, 0x%x bytes at 0x%x, is %s"
              .formatted(
                  name,
                  index,
                  length,
                  address,
                  found == 0 ? "not in the shared memory" : "not aligned to " + alignment));
    }
    return found;
  }
}
