package org.patchbay.vhostuser.ring;

import java.lang.invoke.VarHandle;

/**
 * A packed virtqueue (virtio 1.2, section 2.8).
 *
 * <pre>
 *   descriptor          0: address (8)   8: length (4)   12: buffer id (2)   14: flags (2)
 *   event suppression   0: descriptor and wrap counter (2)                    2: flags (2)
 * </pre>
 *
 * <p>Length, id and flags are always read and written as one 8-byte value. Of several used
 * descriptors the guest sees none before the first, so that one is stored last.
 *
 * <p>It goes on at the available half of the base it is told, with the used half equal to it: a
 * device that stops has nothing in between, and not every client fills in both.
 */
final class PackedVirtqueue extends Virtqueue {

  private static final int FIELDS = 8;
  private static final int AVAILABLE_FLAG = 1 << 7;
  private static final int USED_FLAG = 1 << 15;
  private static final int WRAP_BIT = 1 << 15;
  private static final int EVENTS_ENABLED = 0;
  private static final int EVENTS_DISABLED = 1;
  private static final int EVENTS_BY_DESCRIPTOR = 2;

  private final int size;
  private final long ring;
  private final long driverEvents;
  private final long deviceEvents;

  /** Where the next chain is read, and the value of the wrap counter there. */
  private int next;

  private int nextWrap;

  /** Where the next used descriptor goes, and the value of the wrap counter there. */
  private int usedNext;

  private int usedWrap;

  /** Entries of the ring that are read and not given back. */
  private int entriesHeld;

  /** The first used descriptor since the last publish, to be stored last. */
  private long heldBackAt;

  private long heldBack;
  private int publishedNext;

  PackedVirtqueue(VirtqueueLayout layout, GuestMap map, boolean transmit, long features) {
    super(layout, map, transmit, features);
    size = layout.size();
    ring = layout.descriptorArea();
    driverEvents = layout.driverArea();
    deviceEvents = layout.deviceArea();
    next = layout.base() & WRAP_BIT - 1;
    nextWrap = layout.base() >>> 15 & 1;
    if (next >= size) {
      throw new IllegalArgumentException(
          "the base names descriptor " + next + " of a packed virtqueue of " + size);
    }
    usedNext = next;
    usedWrap = nextWrap;
    publishedNext = next;
  }

  @Override
  int gather(int limit) {
    int count = Math.min(limit, chains.free());
    return count > 0 && fault() == null ? read(count) : 0;
  }

  /** The hot loop: descriptors into arrays, everything it needs in locals. */
  private int read(int most) {
    Chains into = chains;
    long[] guestAddress = into.guestAddress;
    long[] nativeAddress = into.nativeAddress;
    int[] length = into.length;
    int[] segments = into.segments;
    int[] bufferId = into.bufferId;
    int[] descriptors = into.descriptors;
    byte[] state = into.state;
    int slotMask = into.mask;
    int first = into.gathered;
    long start = map.largestStart;
    long bytes = map.largestSize;
    long toNative = map.largestToNative;
    long wanted = (long) direction << 48;
    int position = next;
    int wrap = nextWrap;
    int room = size - entriesHeld;
    int count = 0;
    while (count < most && room > 0) {
      long descriptor = ring + ((long) position << 4);
      long fields = NativeMemory.getLongAcquire(descriptor + FIELDS);
      if (!isAvailable(fields, wrap)) {
        break;
      }
      long address = NativeMemory.getLong(descriptor);
      int slot = first + count & slotMask;
      state[slot] = Chains.TAKEN;
      long offset = address - start;
      int len = (int) fields;
      long rest = bytes - len;
      int entries = 1;
      if ((offset | len | rest | (rest - offset)) >= 0
          && (fields & (long) (NEXT | WRITE | INDIRECT) << 48) == wanted
          && len > 0) {
        bufferId[slot] = (int) (fields >>> 32) & 0xffff;
        guestAddress[slot] = address;
        nativeAddress[slot] = address + toNative;
        length[slot] = len;
        segments[slot] = 0;
      } else {
        entries = walk(slot, position, room, address, fields);
        if (entries <= 0) {
          break;
        }
      }
      descriptors[slot] = entries;
      room -= entries;
      position += entries;
      if (position >= size) {
        position -= size;
        wrap ^= 1;
      }
      count++;
    }
    next = position;
    nextWrap = wrap;
    entriesHeld = size - room;
    into.gathered = first + count;
    return count;
  }

  /** A descriptor is available if its available flag is the wrap counter and its used flag not. */
  private static boolean isAvailable(long fields, int wrap) {
    int flags = (int) (fields >>> 48);
    return (flags >>> 7 & 1) == wrap && (flags >>> 15) != wrap;
  }

  /**
   * Reads a chain of any kind.
   *
   * @param room most entries that it may take up
   * @return how many entries it takes up; 0 if it has to wait, negative if it has no end
   */
  private int walk(int slot, int position, int room, long headAddress, long headFields) {
    Chains into = chains;
    into.begin();
    long address = headAddress;
    long fields = headFields;
    int entries = 1;
    int at = position;
    while (true) {
      int flags = (int) (fields >>> 48);
      int length = (int) fields;
      if (into.isGood()) {
        if ((flags & INDIRECT) != 0) {
          walkTable(address, length, entries > 1 || (flags & NEXT) != 0);
        } else if ((flags & WRITE) != direction) {
          into.reject(Cause.WRONG_DIRECTION);
        } else {
          into.add(map, address, length);
        }
      }
      if ((flags & NEXT) == 0) {
        break;
      }
      // Also of a bad chain the end must be found: only there the next one begins.
      if (++entries > room) {
        if (room == size) {
          fail("a chain has no end within the ring of " + size);
        }
        into.stall();
        entries = 0;
        into.reject(Cause.CHAIN_TOO_LONG);
        break;
      }
      at = at + 1 == size ? 0 : at + 1;
      long descriptor = ring + ((long) at << 4);
      fields = NativeMemory.getLong(descriptor + FIELDS);
      address = NativeMemory.getLong(descriptor);
    }
    chains.bufferId[slot] = (int) (fields >>> 32) & 0xffff;
    return into.end(slot) ? entries : 0;
  }

  private void walkTable(long address, int bytes, boolean misplaced) {
    Chains into = chains;
    if (misplaced || !indirect) {
      into.reject(Cause.INDIRECT_MISPLACED);
      return;
    }
    long from = bytes > 0 ? map.toNative(address, bytes) : 0;
    if (from == 0 || bytes % DESCRIPTOR != 0) {
      into.reject(Cause.INDIRECT_TABLE);
      return;
    }
    int entries = bytes / DESCRIPTOR;
    if (entries > size) {
      into.reject(Cause.CHAIN_TOO_LONG);
      return;
    }
    for (int i = 0; i < entries && into.isGood(); i++) {
      long descriptor = from + (long) i * DESCRIPTOR;
      long fields = NativeMemory.getLong(descriptor + FIELDS);
      int flags = (int) (fields >>> 48);
      if ((flags & INDIRECT) != 0) {
        into.reject(Cause.INDIRECT_MISPLACED);
      } else if ((flags & WRITE) != direction) {
        into.reject(Cause.WRONG_DIRECTION);
      } else {
        into.add(map, NativeMemory.getLong(descriptor), (int) fields);
      }
    }
  }

  @Override
  boolean hasMore() {
    return fault() == null
        && !chains.isStalled()
        && entriesHeld < size
        && isAvailable(NativeMemory.getLongAcquire(ring + ((long) next << 4) + FIELDS), nextWrap);
  }

  @Override
  void putUsed(int slot) {
    put(chains.bufferId[slot], chains.usedLength[slot]);
    advanceUsed(chains.descriptors[slot]);
  }

  @Override
  void putUsedRun(int first, int count) {
    int[] bufferId = chains.bufferId;
    int[] usedLength = chains.usedLength;
    int[] descriptors = chains.descriptors;
    int slotMask = chains.mask;
    if (putsLastOfRun) {
      put(bufferId[first + count - 1 & slotMask], 0);
      int entries = 0;
      for (int i = 0; i < count; i++) {
        entries += descriptors[first + i & slotMask];
      }
      advanceUsed(entries);
      return;
    }
    putUsed(first & slotMask); // it may have to be held back
    int position = usedNext;
    int wrap = usedWrap;
    int freed = 0;
    for (int i = 1; i < count; i++) {
      int slot = first + i & slotMask;
      int entries = descriptors[slot];
      NativeMemory.putLong(
          ring + ((long) position << 4) + FIELDS, fields(bufferId[slot], usedLength[slot], wrap));
      freed += entries;
      position += entries;
      if (position >= size) {
        position -= size;
        wrap ^= 1;
      }
    }
    entriesHeld -= freed;
    usedNext = position;
    usedWrap = wrap;
  }

  private static long fields(int id, int length, int wrap) {
    long flags = -wrap & (AVAILABLE_FLAG | USED_FLAG) | (length == 0 ? 0 : WRITE);
    return length | (long) id << 32 | flags << 48;
  }

  private void put(int id, int length) {
    long at = ring + ((long) usedNext << 4) + FIELDS;
    long fields = fields(id, length, usedWrap);
    if (heldBackAt == 0) {
      heldBackAt = at;
      heldBack = fields;
    } else {
      NativeMemory.putLong(at, fields);
    }
  }

  private void advanceUsed(int entries) {
    entriesHeld -= entries;
    usedNext += entries;
    if (usedNext >= size) {
      usedNext -= size;
      usedWrap ^= 1;
    }
  }

  @Override
  boolean hasUnpublished() {
    return heldBackAt != 0;
  }

  @Override
  boolean publish() {
    NativeMemory.putLongRelease(heldBackAt, heldBack);
    heldBackAt = 0;
    int before = publishedNext;
    int now = usedNext;
    publishedNext = now;
    VarHandle.fullFence(); // the guest must not miss the descriptor while we miss what it asks for
    int events = NativeMemory.getInt(driverEvents);
    int flags = events >>> 16 & 3;
    if (flags != EVENTS_BY_DESCRIPTOR || !eventIndex) {
      return flags != EVENTS_DISABLED;
    }
    int event = events & WRAP_BIT - 1;
    if ((events >>> 15 & 1) != usedWrap) {
      event -= size;
    }
    if (now <= before) {
      before -= size;
    }
    return (now - event - 1 & 0xffff) < (now - before & 0xffff);
  }

  @Override
  void enableKicks() {
    if (eventIndex) {
      NativeMemory.putShort(deviceEvents, next | nextWrap << 15);
      NativeMemory.putShortRelease(deviceEvents + 2, EVENTS_BY_DESCRIPTOR);
    } else {
      NativeMemory.putShortRelease(deviceEvents + 2, EVENTS_ENABLED);
    }
  }

  @Override
  void disableKicks() {
    NativeMemory.putShortRelease(deviceEvents + 2, EVENTS_DISABLED);
  }

  @Override
  void rewind(int slot) {
    int entries = chains.descriptors[slot];
    entriesHeld -= entries;
    next -= entries;
    if (next < 0) {
      next += size;
      nextWrap ^= 1;
    }
  }

  @Override
  int base() {
    return next | nextWrap << 15 | usedNext << 16 | usedWrap << 31;
  }

  @Override
  String position() {
    return "next %d wrap %d, used %d wrap %d".formatted(next, nextWrap, usedNext, usedWrap);
  }
}
