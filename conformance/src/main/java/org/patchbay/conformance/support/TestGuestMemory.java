package org.patchbay.conformance.support;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;

/**
 * A guest's memory for tests, and a copy of what it should hold, so that a write that nobody
 * allowed is found:
 *
 * <pre>
 *   LOW         MIDDLE      UPPER       HOLE        HIGH
 *   | region 0  | region 1  | region 2  |           | region 3  |   each of REGION_SIZE bytes
 * </pre>
 *
 * Regions 0 to 2 adjoin in guest addresses, but not in this process.
 *
 * <p>The memory is freed by the garbage collector: a broken backend may still hold on to it when
 * the test is over, and must not take the JVM with it. Not thread-safe.
 */
public final class TestGuestMemory {

  /** Guest address of the first region. */
  public static final long LOW = 0x10_0000L;

  /** Length of each region in bytes. */
  public static final int REGION_SIZE = 512 * 1024;

  /** Guest address of the second region, right behind the first. */
  public static final long MIDDLE = LOW + REGION_SIZE;

  /** Guest address of the third region, right behind the second. */
  public static final long UPPER = MIDDLE + REGION_SIZE;

  /** Guest address behind the third region, where nothing is mapped. */
  public static final long HOLE = UPPER + REGION_SIZE;

  /** Guest address of the fourth region, above 4 GiB. */
  public static final long HIGH = 0x1_0000_0000L;

  private static final long[] STARTS = {LOW, MIDDLE, UPPER, HIGH};
  private static final byte FILL = (byte) 0xa5;
  private static final int GAP = 64;
  private static final int STRADDLE = REGION_SIZE / 8;

  private final MemorySegment[] real = new MemorySegment[STARTS.length];
  private final MemorySegment[] expected = new MemorySegment[STARTS.length];
  private final GuestMemory memory;
  // Both sides of the two borders are kept for ranges that run over them.
  private final long[] next = {
    LOW + GAP, MIDDLE + STRADDLE + GAP, UPPER + STRADDLE + GAP, HIGH + GAP
  };
  private final long[] limits = {
    MIDDLE - STRADDLE, UPPER - STRADDLE, HOLE - GAP, HIGH + REGION_SIZE - GAP
  };
  private final Map<Integer, Deque<Long>> released = new HashMap<>();
  private int turn;

  /** Fresh memory, filled with a pattern. */
  public TestGuestMemory() {
    for (int i = 0; i < STARTS.length; i++) {
      // Page by page apart, so that the two adjoining regions do not adjoin here.
      real[i] = Arena.ofAuto().allocate(REGION_SIZE + 4096L, 4096).asSlice(0, REGION_SIZE);
      real[i].fill(FILL);
      expected[i] = MemorySegment.ofArray(new byte[REGION_SIZE]).copyFrom(real[i]);
    }
    List<GuestRegion> regions = new ArrayList<>();
    for (int i = 0; i < STARTS.length; i++) {
      regions.add(new GuestRegion(STARTS[i], real[i]));
    }
    memory = new GuestMemory(regions);
  }

  /** The memory, as a backend sees it. */
  public GuestMemory memory() {
    return memory;
  }

  /**
   * Sets a range aside, in another region each time, with a gap around it that nobody may write to.
   *
   * @return its guest address
   */
  public long allocate(int length) {
    Deque<Long> free = released.get(length);
    if (free != null && !free.isEmpty()) {
      return free.removeFirst();
    }
    for (int tried = 0; tried < STARTS.length; tried++) {
      int region = turn++ % STARTS.length;
      long address = next[region];
      if (length <= limits[region] - address) {
        next[region] = address + length + GAP;
        return address;
      }
    }
    throw new IllegalStateException("the test's guest memory has no " + length + " bytes left");
  }

  /** Gives back a range of {@link #allocate}. */
  public void release(long address, int length) {
    released.computeIfAbsent(length, unused -> new ArrayDeque<>()).addLast(address);
  }

  /**
   * Guest address of a range, for a receive buffer, that runs over the border of the first two
   * regions. There is one; allocated ranges never overlap it.
   *
   * @param length 2 to 65536 bytes
   */
  public static long straddlingBuffer(int length) {
    return MIDDLE - length / 2;
  }

  /**
   * Guest address of a range, for a packet, that runs over the border of the second and the third
   * region. There is one; allocated ranges never overlap it.
   *
   * @param length 2 to 65536 bytes
   */
  public static long straddlingPacket(int length) {
    return UPPER - length / 2;
  }

  /** Writes as the guest does. */
  public void write(long address, byte[] bytes) {
    if (!memory.write(address, MemorySegment.ofArray(bytes), 0, bytes.length)) {
      throw new IllegalArgumentException("0x%x is not guest memory".formatted(address));
    }
    accept(address, bytes.length);
  }

  /** Reads as the guest does. */
  public byte[] read(long address, int length) {
    byte[] bytes = new byte[length];
    if (!memory.read(address, MemorySegment.ofArray(bytes), 0, length)) {
      throw new IllegalArgumentException("0x%x is not guest memory".formatted(address));
    }
    return bytes;
  }

  /** Takes a range as it is now for what it should hold. */
  public void accept(long address, int length) {
    for (long position = address; position < address + length; position++) {
      int region = memory.regionOf(position, 1);
      long offset = position - STARTS[region];
      long part = Math.min(address + length - position, REGION_SIZE - offset);
      MemorySegment.copy(real[region], offset, expected[region], offset, part);
      position += part - 1;
    }
  }

  /** Takes all memory as it is now for what it should hold. */
  public void acceptAll() {
    for (int i = 0; i < STARTS.length; i++) {
      expected[i].copyFrom(real[i]);
    }
  }

  /** Guest address of the first byte that is not as it should be, or -1. */
  public long firstDifference() {
    for (int i = 0; i < STARTS.length; i++) {
      long offset = real[i].mismatch(expected[i]);
      if (offset >= 0) {
        return STARTS[i] + offset;
      }
    }
    return -1;
  }
}
