package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The chains of descriptors that were read from a ring and not given back yet, as arrays of
 * numbers. Each has a slot, in the order in which the guest made them available:
 *
 * <pre>
 *        retired                          gathered
 *   ... |  DONE  TAKEN  DONE  TAKEN  TAKEN | FREE ...      slot = sequence number % window
 * </pre>
 *
 * <p>A chain in one piece stands in {@link #guestAddress}, {@link #nativeAddress} and {@link
 * #length}. The pieces of another stand in a pool, {@link #segments} from {@link #firstSegment} on,
 * which is used round and round in the order of the slots. All ranges were checked when they were
 * put there, and nothing of a chain is read from the ring again.
 *
 * <p>Worker only.
 */
final class Chains {

  static final byte FREE = 0;
  static final byte TAKEN = 1;
  static final byte DONE = 2;

  /** Longest chain in bytes that is told exactly; what is longer is as long as this. */
  private static final int LONGEST = 1 << 30;

  private static final int POOL_PER_SLOT = 16;

  /** More segments than the longest chain of a small ring has. */
  private static final int LEAST_POOL = 1024;

  /** Number of slots, a power of two and at least the ring's size. */
  final int window;

  final int mask;

  // ---- per slot ----

  /** Guest address of the chain's only segment. */
  final long[] guestAddress;

  /** The same as native address. */
  final long[] nativeAddress;

  /** Bytes of the whole chain, or the code of a {@link Cause} if it is bad. */
  final int[] length;

  /** Segments in the pool, or 0 if the chain is in one piece. */
  final int[] segments;

  final int[] firstSegment;

  /** What the guest wants back to know the chain by. */
  final int[] bufferId;

  /** Entries of the ring that the chain takes up. */
  final int[] descriptors;

  /** What is to be told as written when the chain is given back. */
  final int[] usedLength;

  final byte[] state;

  /** Sequence number after the last chain read. */
  int gathered;

  /** Sequence number of the oldest chain that was not given back. */
  int retired;

  // ---- the pool ----

  private final int poolMask;
  private long[] poolGuest = {};
  private long[] poolNative = {};
  private int[] poolLength = {};
  private int poolHead;
  private int poolTail;

  // The chain being read.
  private int chainStart;
  private long chainLength;
  private @Nullable Cause chainCause;
  private boolean poolExhausted;

  // The oldest chain when the next one found no room; until that is given back there is none.
  private boolean stalled;
  private int stalledAt;

  /**
   * @param size of the ring
   */
  Chains(int size) {
    window = size == 1 ? 1 : Integer.highestOneBit(size - 1) << 1;
    mask = window - 1;
    guestAddress = new long[window];
    nativeAddress = new long[window];
    length = new int[window];
    segments = new int[window];
    firstSegment = new int[window];
    bufferId = new int[window];
    descriptors = new int[window];
    usedLength = new int[window];
    state = new byte[window];
    poolMask = Math.max(window, LEAST_POOL / POOL_PER_SLOT) * POOL_PER_SLOT - 1;
  }

  /** How many slots are free. */
  int free() {
    return window - (gathered - retired);
  }

  /** How many chains are neither given back nor free. */
  int outstanding() {
    return gathered - retired;
  }

  // ---- reading a chain of several pieces ----

  /** Begins a chain. */
  void begin() {
    stalled = false;
    chainStart = poolHead;
    chainLength = 0;
    chainCause = null;
    poolExhausted = false;
    if (poolLength.length == 0) {
      poolGuest = new long[poolMask + 1];
      poolNative = new long[poolMask + 1];
      poolLength = new int[poolMask + 1];
    }
  }

  /** Gives up the chain being read for the first cause found. */
  void reject(Cause cause) {
    if (chainCause == null) {
      chainCause = cause;
    }
  }

  /** Whether the chain being read is good so far. */
  boolean isGood() {
    return chainCause == null && !poolExhausted;
  }

  /** Adds a descriptor's range, in several segments if it crosses a border of regions. */
  void add(GuestMap map, long address, int bytes) {
    if (bytes == 0) {
      return;
    }
    long position = address;
    int left = bytes;
    do {
      int part = left < 0 ? 0 : map.held(position, left);
      if (part == 0) {
        reject(Cause.OUTSIDE_MEMORY);
        return;
      }
      if (poolHead - poolTail > poolMask) {
        poolExhausted = true;
        return;
      }
      int at = poolHead & poolMask;
      poolGuest[at] = position;
      poolNative[at] = map.toNative(position, part);
      poolLength[at] = part;
      poolHead++;
      chainLength += part;
      position += part;
      left -= part;
    } while (left != 0);
  }

  /**
   * Ends the chain being read.
   *
   * @param slot takes it
   * @return false if there was no room in the pool, so that it has to wait until older chains are
   *     given back
   */
  boolean end(int slot) {
    if (poolExhausted) {
      poolHead = chainStart;
      if (poolTail != chainStart) {
        stall();
        return false;
      }
      reject(Cause.TOO_MANY_SEGMENTS); // alone it is too long, too
    }
    segments[slot] = 0;
    Cause cause = chainCause;
    if (cause != null) {
      poolHead = chainStart;
      length[slot] = cause.code();
      return true;
    }
    length[slot] = (int) Math.min(chainLength, LONGEST);
    int count = poolHead - chainStart;
    if (count > 1) {
      segments[slot] = count;
      firstSegment[slot] = chainStart;
    } else {
      poolHead = chainStart;
      guestAddress[slot] = count == 0 ? 0 : poolGuest[chainStart & poolMask];
      nativeAddress[slot] = count == 0 ? 0 : poolNative[chainStart & poolMask];
    }
    return true;
  }

  /** Notes that the next chain has to wait until older ones are given back. */
  void stall() {
    stalled = true;
    stalledAt = retired;
  }

  /** Whether the next chain still has to wait. */
  boolean isStalled() {
    return stalled && stalledAt == retired;
  }

  /** Gives up the slots before the oldest chain that is not done. */
  void retire() {
    int oldest = retired;
    while (oldest != gathered && state[oldest & mask] == DONE) {
      int slot = oldest & mask;
      state[slot] = FREE;
      poolTail += segments[slot];
      oldest++;
    }
    retired = oldest;
  }

  /** Gives up the slots of the oldest chains, whatever their state. */
  void retire(int count) {
    int oldest = retired;
    int pieces = 0;
    for (int i = 0; i < count; i++) {
      int slot = oldest + i & mask;
      state[slot] = FREE;
      pieces += segments[slot];
    }
    poolTail += pieces;
    retired = oldest + count;
  }

  /** Whether the oldest chain is done and waits only to be given up. */
  boolean isOldestDone() {
    return state[retired & mask] == DONE;
  }

  /** Forgets the chain read last. */
  void dropLast() {
    gathered--;
    int slot = gathered & mask;
    state[slot] = FREE;
    poolHead -= segments[slot];
  }

  // ---- looking at a chain's pieces ----

  /** Guest address of a piece of a chain. */
  long segmentAddress(int slot, int segment) {
    return segments[slot] == 0
        ? guestAddress[slot]
        : poolGuest[firstSegment[slot] + segment & poolMask];
  }

  /** Length of a piece of a chain. */
  int segmentLength(int slot, int segment) {
    return segments[slot] == 0 ? length[slot] : poolLength[firstSegment[slot] + segment & poolMask];
  }

  private long segmentNative(int slot, int segment) {
    return segments[slot] == 0
        ? nativeAddress[slot]
        : poolNative[firstSegment[slot] + segment & poolMask];
  }

  /** How many pieces a chain has. */
  int segmentCount(int slot) {
    return Math.max(segments[slot], 1);
  }

  // ---- copying; the range must lie within the chain ----

  /** Copies from a chain. */
  void read(int slot, int offset, byte[] target, int count) {
    int done = 0;
    int skip = offset;
    for (int segment = 0; done < count; segment++) {
      int room = segmentLength(slot, segment) - skip;
      if (room > 0) {
        int part = Math.min(room, count - done);
        NativeMemory.copyTo(segmentNative(slot, segment) + skip, target, done, part);
        done += part;
      }
      skip = Math.max(0, -room);
    }
  }

  /** Copies into a chain. */
  void write(int slot, int offset, MemorySegment source, long from, int count) {
    write(NativeMemory.ALL, slot, offset, source, from, count);
  }

  /** The same through a view of all native memory, which may be revoked. */
  void write(MemorySegment all, int slot, int offset, MemorySegment source, long from, int count) {
    int done = 0;
    int skip = offset;
    for (int segment = 0; done < count; segment++) {
      int room = segmentLength(slot, segment) - skip;
      if (room > 0) {
        int part = Math.min(room, count - done);
        MemorySegment.copy(source, from + done, all, segmentNative(slot, segment) + skip, part);
        done += part;
      }
      skip = Math.max(0, -room);
    }
  }
}
