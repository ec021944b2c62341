package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A driver's side of one virtqueue, for tests: written for clarity and from the specification
 * alone, with nothing of the device's side. Every field can also be written wrong, see {@link
 * #memory} and the areas' offsets.
 */
public abstract class DriverRing {

  static final int NEXT = 1;
  static final int WRITE = 2;
  static final int INDIRECT = 4;

  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  static final VarHandle ORDERED_SHORT = ValueLayout.JAVA_SHORT.varHandle();
  static final VarHandle ORDERED_LONG = ValueLayout.JAVA_LONG.varHandle();

  /** The guest's memory as the driver sees it. */
  final MemorySegment memory;

  /** Guest address of the memory's first byte. */
  final long guestBase;

  final int size;
  final boolean eventIndex;

  // Offsets of the three areas in the memory.
  final long descriptorArea;
  final long driverArea;
  final long deviceArea;

  private final boolean inOrder;

  // In order: ids as they were added, and how many of the first are known to be used.
  private final Deque<Integer> added = new ArrayDeque<>();
  private int usedInBatch;
  private int usedLength;

  DriverRing(
      MemorySegment memory, long guestBase, long from, int size, long features, int[] bytes) {
    eventIndex = Features.has(features, Features.EVENT_IDX);
    inOrder = Features.has(features, Features.IN_ORDER);
    this.memory = memory;
    this.guestBase = guestBase;
    this.size = size;
    descriptorArea = from;
    driverArea = align(descriptorArea + bytes[0]);
    deviceArea = align(driverArea + bytes[1]);
  }

  private static long align(long offset) {
    return (offset + 63) & -64L;
  }

  /** Bytes that a ring of either kind takes at most. */
  public static long bytesNeeded(int size) {
    return 32L * size + 512;
  }

  /** Makes a ring in zeroed memory. */
  public static DriverRing of(
      MemorySegment memory, long guestBase, long from, int size, long features) {
    return Features.has(features, Features.RING_PACKED)
        ? new PackedDriverRing(memory, guestBase, from, size, features)
        : new SplitDriverRing(memory, guestBase, from, size, features);
  }

  /** Guest address of the descriptor area. */
  public final long descriptorAddress() {
    return guestBase + descriptorArea;
  }

  /** Guest address of the driver area. */
  public final long driverAddress() {
    return guestBase + driverArea;
  }

  /** Guest address of the device area. */
  public final long deviceAddress() {
    return guestBase + deviceArea;
  }

  /** Number of descriptors. */
  public final int size() {
    return size;
  }

  /** The base that a fresh ring starts with. */
  public abstract int initialBase();

  /** How many more descriptors there is room for. */
  public abstract int freeDescriptors();

  /**
   * Adds a chain; the device sees it after {@link #publish}.
   *
   * @param addresses guest addresses of the pieces
   * @param lengths their lengths
   * @param writable whether they are for the device to write
   * @param table guest address of memory for an indirect table, or 0 for none
   * @return the buffer id by which the chain comes back, or -1 if there is no room
   */
  public final int add(long[] addresses, int[] lengths, boolean writable, long table) {
    int id = put(addresses, lengths, writable, table);
    if (id >= 0 && inOrder) {
      added.add(id);
    }
    return id;
  }

  abstract int put(long[] addresses, int[] lengths, boolean writable, long table);

  /** Shows the device what was added; whether it wants a kick. */
  public abstract boolean publish();

  /** Takes a chain that the device gave back: its id, or -1 if there is none. */
  public final int takeUsed() {
    if (usedInBatch == 0) {
      int id = nextUsed();
      if (id < 0 || !inOrder) {
        if (id >= 0) {
          free(id);
        }
        return id;
      }
      // In order, one id stands for all chains up to its own.
      for (int each : added) {
        usedInBatch++;
        if (each == id) {
          break;
        }
      }
    }
    int id = added.remove();
    usedInBatch--;
    free(id);
    return id;
  }

  /** The id that the device gave back next, or -1, with its length set. */
  abstract int nextUsed();

  /** Forgets a chain and goes on behind it. */
  abstract void free(int id);

  /** Bytes that the device wrote, of the chain taken last. */
  public final int usedLength() {
    return usedLength;
  }

  final void setUsedLength(int length) {
    usedLength = length;
  }

  /** Asks the device for calls, or for none; with calls wanted, look again afterwards. */
  public abstract void wantCalls(boolean wanted);

  /** Writes an indirect table of descriptors; answers its bytes. */
  final int writeTable(
      long table, long[] addresses, int[] lengths, boolean writable, boolean linked) {
    int direction = writable ? WRITE : 0;
    for (int i = 0; i < addresses.length; i++) {
      long at = table - guestBase + 16L * i;
      boolean last = i == addresses.length - 1;
      memory.set(LONG, at, addresses[i]);
      memory.set(INT, at + 8, lengths[i]);
      if (linked) {
        memory.set(SHORT, at + 12, (short) (direction | (last ? 0 : NEXT)));
        memory.set(SHORT, at + 14, (short) (last ? 0 : i + 1));
      } else {
        memory.set(SHORT, at + 12, (short) 0);
        memory.set(SHORT, at + 14, (short) direction);
      }
    }
    return 16 * addresses.length;
  }
}
