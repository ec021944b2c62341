package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** A driver's side of a split virtqueue. */
public final class SplitDriverRing extends DriverRing {

  private final int[] nextFree;
  private final int[] chainLength;
  private int firstFree;
  private int free;
  private int available;
  private int shown;
  private int used;

  SplitDriverRing(MemorySegment memory, long guestBase, long from, int size, long features) {
    super(
        memory, guestBase, from, size, features, new int[] {16 * size, 6 + 2 * size, 6 + 8 * size});
    nextFree = new int[size];
    chainLength = new int[size];
    for (int i = 0; i < size; i++) {
      nextFree[i] = i + 1;
    }
    free = size;
  }

  @Override
  public int initialBase() {
    return 0;
  }

  @Override
  public int freeDescriptors() {
    return free;
  }

  @Override
  int put(long[] addresses, int[] lengths, boolean writable, long table) {
    int count = table != 0 ? 1 : addresses.length;
    if (count > free) {
      return -1;
    }
    int head = firstFree;
    int direction = writable ? WRITE : 0;
    if (table != 0) {
      int bytes = writeTable(table, addresses, lengths, writable, true);
      firstFree = nextFree[head];
      writeDescriptor(head, table, bytes, INDIRECT, 0);
    } else {
      int at = head;
      for (int i = 0; i < count; i++) {
        int following = nextFree[at];
        boolean last = i == count - 1;
        writeDescriptor(
            at, addresses[i], lengths[i], direction | (last ? 0 : NEXT), last ? 0 : following);
        firstFree = following;
        if (!last) {
          at = following;
        }
      }
    }
    free -= count;
    chainLength[head] = count;
    putAvailable(available, head);
    available++;
    return head;
  }

  /** Writes one entry of the table, right or wrong. */
  public void writeDescriptor(int index, long address, int length, int flags, int next) {
    long at = descriptorArea + 16L * index;
    memory.set(LONG, at, address);
    memory.set(INT, at + 8, length);
    memory.set(SHORT, at + 12, (short) flags);
    memory.set(SHORT, at + 14, (short) next);
  }

  /** Writes one entry of the available ring, right or wrong. */
  public void putAvailable(int index, int head) {
    memory.set(SHORT, driverArea + 4 + 2L * (index & size - 1), (short) head);
  }

  /** Writes the available index, right or wrong. */
  public void setAvailableIndex(int index) {
    available = index;
    shown = index;
    ORDERED_SHORT.setRelease(memory, driverArea + 2, (short) index);
  }

  /** The available index as written last. */
  public int availableIndex() {
    return available & 0xffff;
  }

  @Override
  public boolean publish() {
    int before = shown;
    shown = available;
    ORDERED_SHORT.setRelease(memory, driverArea + 2, (short) available);
    VarHandle.fullFence();
    if (eventIndex) {
      int event = memory.get(SHORT, deviceArea + 4 + 8L * size);
      return (available - event - 1 & 0xffff) < (available - before & 0xffff);
    }
    return (memory.get(SHORT, deviceArea) & 1) == 0;
  }

  /** The used index that the device shows. */
  public int usedIndex() {
    return (short) ORDERED_SHORT.getAcquire(memory, deviceArea + 2) & 0xffff;
  }

  @Override
  int nextUsed() {
    if (usedIndex() == (used & 0xffff)) {
      return -1;
    }
    long entry = deviceArea + 4 + 8L * (used & size - 1);
    int head = memory.get(INT, entry);
    setUsedLength(memory.get(INT, entry + 4));
    if (head < 0 || head >= size || chainLength[head] == 0) {
      throw new IllegalStateException("the device gave back head " + head + ", which it had not");
    }
    return head;
  }

  @Override
  void free(int head) {
    used++;
    int at = head;
    for (int i = 1; i < chainLength[head]; i++) {
      int next = memory.get(SHORT, descriptorArea + 16L * at + 14);
      nextFree[at] = next;
      at = next;
    }
    nextFree[at] = firstFree;
    firstFree = head;
    free += chainLength[head];
    chainLength[head] = 0;
  }

  @Override
  public void wantCalls(boolean wanted) {
    if (eventIndex) {
      memory.set(SHORT, driverArea + 4 + 2L * size, (short) (wanted ? used : used - 1 & 0xffff));
    } else {
      memory.set(SHORT, driverArea, (short) (wanted ? 0 : 1));
    }
    VarHandle.fullFence();
  }
}
