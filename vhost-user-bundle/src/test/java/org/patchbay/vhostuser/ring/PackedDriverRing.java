package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** A driver's side of a packed virtqueue. */
public final class PackedDriverRing extends DriverRing {

  private static final int AVAILABLE = 1 << 7;
  private static final int USED = 1 << 15;

  private final int[] freeIds;
  private final int[] chainLength;
  private int freeIdCount;
  private int free;
  private int next;
  private int nextWrap = 1;
  private int used;
  private int usedWrap = 1;
  private int shown;

  // The head added first since the last publish; its flags are written last.
  private long headAt = -1;
  private long headFields;

  PackedDriverRing(MemorySegment memory, long guestBase, long from, int size, long features) {
    super(memory, guestBase, from, size, features, new int[] {16 * size, 4, 4});
    freeIds = new int[size];
    chainLength = new int[size];
    for (int i = 0; i < size; i++) {
      freeIds[i] = size - 1 - i;
    }
    freeIdCount = size;
    free = size;
  }

  @Override
  public int initialBase() {
    return 1 << 15 | 1 << 31;
  }

  @Override
  public int freeDescriptors() {
    return free;
  }

  @Override
  int put(long[] addresses, int[] lengths, boolean writable, long table) {
    int count = table != 0 ? 1 : addresses.length;
    if (count > free || freeIdCount == 0) {
      return -1;
    }
    int id = freeIds[--freeIdCount];
    if (table != 0) {
      int bytes = writeTable(table, addresses, lengths, writable, false);
      put(table, bytes, id, INDIRECT);
    } else {
      for (int i = 0; i < count; i++) {
        put(addresses[i], lengths[i], id, (writable ? WRITE : 0) | (i == count - 1 ? 0 : NEXT));
      }
    }
    free -= count;
    chainLength[id] = count;
    return id;
  }

  /** Makes the next descriptor available, right or wrong; seen at {@link #publish}. */
  public void put(long address, int length, int id, int flags) {
    long at = descriptorArea + 16L * next;
    int all = flags | (nextWrap != 0 ? AVAILABLE : USED);
    long fields = length & 0xffffffffL | (long) id << 32 | (long) all << 48;
    memory.set(LONG, at, address);
    if (headAt < 0) {
      headAt = at + 8;
      headFields = fields;
    } else {
      memory.set(LONG, at + 8, fields);
    }
    next++;
    if (next == size) {
      next = 0;
      nextWrap ^= 1;
    }
  }

  @Override
  public boolean publish() {
    if (headAt >= 0) {
      ORDERED_LONG.setRelease(memory, headAt, headFields);
      headAt = -1;
    }
    VarHandle.fullFence();
    int before = shown;
    int now = next;
    shown = next;
    int events = memory.get(INT, deviceArea);
    int flags = events >>> 16 & 3;
    if (flags < 2) {
      return flags == 0;
    }
    int event = events & 0x7fff;
    if ((events >>> 15 & 1) != nextWrap) {
      event -= size;
    }
    if (now <= before) {
      before -= size;
    }
    return (now - event - 1 & 0xffff) < (now - before & 0xffff);
  }

  @Override
  int nextUsed() {
    long at = descriptorArea + 16L * used + 8;
    long fields = (long) ORDERED_LONG.getAcquire(memory, at);
    int flags = (int) (fields >>> 48);
    if ((flags >>> 7 & 1) != usedWrap || flags >>> 15 != usedWrap) {
      return -1;
    }
    int id = (int) (fields >>> 32) & 0xffff;
    if (id >= size || chainLength[id] == 0) {
      throw new IllegalStateException("the device gave back id " + id + ", which it had not");
    }
    setUsedLength((int) fields);
    return id;
  }

  @Override
  void free(int id) {
    used += chainLength[id];
    if (used >= size) {
      used -= size;
      usedWrap ^= 1;
    }
    free += chainLength[id];
    chainLength[id] = 0;
    freeIds[freeIdCount++] = id;
  }

  @Override
  public void wantCalls(boolean wanted) {
    if (!wanted) {
      memory.set(INT, driverArea, 1 << 16);
    } else if (eventIndex) {
      memory.set(INT, driverArea, used | usedWrap << 15 | 2 << 16);
    } else {
      memory.set(INT, driverArea, 0);
    }
    VarHandle.fullFence();
  }
}
