package org.patchbay.vhostuser.ring;

import java.lang.invoke.VarHandle;

/**
 * A split virtqueue (virtio 1.2, section 2.7).
 *
 * <pre>
 *   descriptor   0: address (8)   8: length (4)   12: flags (2)   14: next (2)
 *   available    0: flags (2)     2: index (2)    4: heads (2 each)              then used_event (2)
 *   used         0: flags (2)     2: index (2)    4: head, length (4 + 4 each)   then avail_event (2)
 * </pre>
 *
 * <p>It goes on at the used index that stands in the ring, whatever base it is told: both are equal
 * after a stop, and after a crash of the device only the ring knows which chains came back.
 */
final class SplitVirtqueue extends Virtqueue {

  private static final int INDEX = 2;
  private static final int RING = 4;
  private static final int HEAD = 2;
  private static final int USED_ENTRY = 8;
  private static final int FIELDS = 8; // length, flags and next of a descriptor
  private static final int NO_NOTIFICATION = 1;

  private final int size;
  private final int ringMask;
  private final long table;
  private final long available;
  private final long used;
  private final long usedEvent;
  private final long availableEvent;

  /** The guest's available index as it was last read. */
  private int availableIndex;

  /** Where the next used entry goes. */
  private int usedIndex;

  /** The used index as the guest sees it. */
  private int publishedIndex;

  SplitVirtqueue(VirtqueueLayout layout, GuestMap map, boolean transmit, long features) {
    super(layout, map, transmit, features);
    size = layout.size();
    if (Integer.bitCount(size) != 1) {
      throw new IllegalArgumentException(
          "a split virtqueue has " + size + " descriptors; allowed are powers of two");
    }
    ringMask = size - 1;
    table = layout.descriptorArea();
    available = layout.driverArea();
    used = layout.deviceArea();
    usedEvent = available + RING + (long) HEAD * size;
    availableEvent = used + RING + (long) USED_ENTRY * size;
    usedIndex = NativeMemory.getShort(used + INDEX);
    publishedIndex = usedIndex;
    availableIndex = usedIndex;
    chains.gathered = usedIndex;
    chains.retired = usedIndex;
  }

  @Override
  int gather(int limit) {
    int first = chains.gathered;
    int waiting = availableIndex - first & 0xffff;
    if (waiting < limit) {
      waiting = lookAgain(first);
    }
    int count = Math.min(Math.min(limit, waiting), chains.free());
    return count > 0 ? read(first, count) : 0;
  }

  private int lookAgain(int first) {
    if (fault() != null) {
      return 0;
    }
    availableIndex = NativeMemory.getShortAcquire(available + INDEX);
    int waiting = availableIndex - first & 0xffff;
    if (waiting > size) {
      fail(
          "the available index jumped to "
              + availableIndex
              + ", which is "
              + waiting
              + " past what was read of a ring of "
              + size);
      availableIndex = first;
      return 0;
    }
    return waiting;
  }

  /** The hot loop: descriptors into arrays, everything it needs in locals. */
  private int read(int first, int count) {
    Chains into = chains;
    long[] guestAddress = into.guestAddress;
    long[] nativeAddress = into.nativeAddress;
    int[] length = into.length;
    int[] segments = into.segments;
    int[] bufferId = into.bufferId;
    byte[] state = into.state;
    int slotMask = into.mask;
    int entryMask = ringMask;
    long descriptors = table;
    long heads = available + RING;
    long start = map.largestStart;
    long bytes = map.largestSize;
    long toNative = map.largestToNative;
    long wanted = (long) direction << 32;
    int outOfRange = 0;
    for (int i = 0; i < count; i++) {
      int sequence = first + i;
      int head = NativeMemory.getShort(heads + ((sequence & entryMask) << 1));
      outOfRange |= entryMask - head;
      head &= entryMask;
      long descriptor = descriptors + ((long) head << 4);
      long address = NativeMemory.getLong(descriptor);
      long fields = NativeMemory.getLong(descriptor + FIELDS);
      int slot = sequence & slotMask;
      bufferId[slot] = head;
      state[slot] = Chains.TAKEN;
      long offset = address - start;
      int len = (int) fields;
      long room = bytes - len;
      if ((offset | len | room | (room - offset)) >= 0
          && (fields & (long) (NEXT | WRITE | INDIRECT) << 32) == wanted
          && len > 0) {
        guestAddress[slot] = address;
        nativeAddress[slot] = address + toNative;
        length[slot] = len;
        segments[slot] = 0;
      } else if (!walk(slot, address, fields)) {
        count = i;
      }
    }
    if (outOfRange < 0) {
      fail("the available ring names a head past the ring of " + size);
      availableIndex = first;
      return 0;
    }
    into.gathered = first + count;
    return count;
  }

  /** Reads a chain of any kind; false if it has to wait. */
  private boolean walk(int slot, long headAddress, long headFields) {
    Chains into = chains;
    into.begin();
    long from = table;
    int entries = size;
    boolean inTable = false;
    long address = headAddress;
    long fields = headFields;
    int steps = 1;
    while (true) {
      int flags = (int) (fields >>> 32) & 0xffff;
      int length = (int) fields;
      int next;
      if ((flags & INDIRECT) != 0) {
        if (inTable || !indirect || (flags & NEXT) != 0) {
          into.reject(Cause.INDIRECT_MISPLACED);
          break;
        }
        from = length > 0 ? map.toNative(address, length) : 0;
        if (from == 0 || length % DESCRIPTOR != 0) {
          into.reject(Cause.INDIRECT_TABLE);
          break;
        }
        entries = length / DESCRIPTOR;
        inTable = true;
        next = 0;
      } else {
        if ((flags & WRITE) != direction) {
          into.reject(Cause.WRONG_DIRECTION);
          break;
        }
        into.add(map, address, length);
        if ((flags & NEXT) == 0) {
          break;
        }
        steps++;
        next = (int) (fields >>> 48);
      }
      if (next >= entries) {
        into.reject(Cause.NEXT_OUT_OF_RANGE);
      } else if (steps > size) {
        into.reject(Cause.CHAIN_TOO_LONG);
      }
      if (!into.isGood()) {
        break;
      }
      long descriptor = from + (long) next * DESCRIPTOR;
      address = NativeMemory.getLong(descriptor);
      fields = NativeMemory.getLong(descriptor + FIELDS);
    }
    return into.end(slot);
  }

  @Override
  boolean hasMore() {
    return fault() == null
        && !chains.isStalled()
        && chains.free() > 0
        && NativeMemory.getShortAcquire(available + INDEX) != (chains.gathered & 0xffff);
  }

  @Override
  void putUsed(int slot) {
    long entry = used + RING + ((long) (usedIndex & ringMask) << 3);
    NativeMemory.putLong(entry, chains.bufferId[slot] | (long) chains.usedLength[slot] << 32);
    usedIndex++;
  }

  @Override
  void putUsedRun(int first, int count) {
    int[] bufferId = chains.bufferId;
    int[] usedLength = chains.usedLength;
    int slotMask = chains.mask;
    int entryMask = ringMask;
    long entries = used + RING;
    int at = usedIndex;
    // Of a run of which the last one is enough, its entry stands where the first one's would.
    for (int i = putsLastOfRun ? count - 1 : 0; i < count; i++) {
      int slot = first + i & slotMask;
      NativeMemory.putLong(
          entries + ((long) (at & entryMask) << 3), bufferId[slot] | (long) usedLength[slot] << 32);
      at++;
    }
    usedIndex += count;
  }

  @Override
  boolean hasUnpublished() {
    return usedIndex != publishedIndex;
  }

  @Override
  boolean publish() {
    int before = publishedIndex;
    int now = usedIndex;
    publishedIndex = now;
    NativeMemory.putShortRelease(used + INDEX, now);
    VarHandle.fullFence(); // the guest must not miss the index while we miss what it asks for
    if (eventIndex) {
      int event = NativeMemory.getShort(usedEvent);
      return (now - event - 1 & 0xffff) < (now - before & 0xffff);
    }
    return (NativeMemory.getShort(available) & NO_NOTIFICATION) == 0;
  }

  @Override
  void enableKicks() {
    if (eventIndex) {
      NativeMemory.putShortRelease(availableEvent, chains.gathered);
    } else {
      NativeMemory.putShortRelease(used, 0);
    }
  }

  @Override
  void disableKicks() {
    // With event indices one that is behind asks for none until the index has wrapped around.
    if (!eventIndex) {
      NativeMemory.putShortRelease(used, NO_NOTIFICATION);
    }
  }

  @Override
  void rewind(int slot) {
    // The next read begins by the sequence number alone; what is cached stays ahead of it.
  }

  @Override
  int base() {
    return chains.gathered & 0xffff;
  }

  @Override
  String position() {
    return "available %d, read %d, used %d"
        .formatted(availableIndex & 0xffff, chains.gathered & 0xffff, usedIndex & 0xffff);
  }
}
