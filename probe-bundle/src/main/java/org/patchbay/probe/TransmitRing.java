package org.patchbay.probe;

import java.lang.foreign.MemorySegment;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.HostMemory;

/**
 * A probe's transmit slots, their frames, and the ring of those that wait for the backend.
 *
 * <pre>
 *   free -- generate --> queued -- accept --> in flight -- complete --> free
 * </pre>
 *
 * <p>Worker only.
 */
final class TransmitRing {

  private static final int CACHE_LINE = 64;

  private final ProbeSettings settings;
  private final ProbeFrames frames;
  private final MemorySegment memory;
  private final int slotSize;
  private final long base;
  private final long scratch;

  /** Lengths of frames to send in turn. */
  private final int[] sizes;

  private int nextSize;
  private long nextSequence;

  // A stack: the slot used last is the one that is still in the cache.
  private final int[] free;
  private int freeCount;

  private final int[] queue;
  private final int[] queuedSizes;
  private int head;
  private int queued;

  /**
   * @param memory holds the slots from {@code base}, {@link #memoryNeeded} bytes
   */
  TransmitRing(ProbeSettings settings, ProbeFrames frames, MemorySegment memory, long base) {
    this.settings = settings;
    this.frames = frames;
    this.memory = memory;
    this.base = base;
    slotSize = slotSize(settings);
    int slots = settings.window();
    scratch = slotOffset(slots);
    sizes = settings.sizes().stream().mapToInt(Integer::intValue).toArray();
    queue = new int[slots];
    queuedSizes = new int[slots];
    free = new int[slots];
    for (int slot = slots - 1; slot >= 0; slot--) {
      free[freeCount++] = slot;
      frames.prepare(memory, slotOffset(slot), slotSize);
    }
  }

  /** Bytes for all slots and one more. */
  static long memoryNeeded(ProbeSettings settings) {
    return (settings.window() + 1L) * slotSize(settings);
  }

  private static int slotSize(ProbeSettings settings) {
    int longest = settings.sizes().stream().mapToInt(Integer::intValue).max().orElseThrow();
    // Between two segments of a frame lies a gap, so that they are segments indeed.
    return wholeLines(longest) + (settings.segments() - 1) * CACHE_LINE;
  }

  static int wholeLines(int bytes) {
    return Math.ceilDiv(bytes, CACHE_LINE) * CACHE_LINE;
  }

  private long slotOffset(int slot) {
    return base + (long) slot * slotSize;
  }

  boolean hasFree() {
    return freeCount > 0;
  }

  int queued() {
    return queued;
  }

  /** Queues the next frame; there must be a free slot. */
  void generate(long due) {
    int slot = free[--freeCount];
    int size = sizes[nextSize];
    nextSize = nextSize + 1 == sizes.length ? 0 : nextSize + 1;
    long offset = slotOffset(slot);
    long sequence = nextSequence++;
    frames.number(memory, offset, size, sequence, due);
    if (settings.verify()) {
      writePattern(offset, size, sequence);
    }
    int end = head + queued;
    end = end >= queue.length ? end - queue.length : end;
    queue[end] = slot;
    queuedSizes[end] = size;
    queued++;
  }

  private void writePattern(long offset, int size, long sequence) {
    if (settings.segments() == 1) {
      frames.writePattern(memory, offset, size, sequence);
      return;
    }
    // The pattern runs on over the segments, so it is written in one piece and then spread.
    frames.writePattern(memory, scratch, size, sequence);
    int done = headLength(size);
    MemorySegment.copy(
        memory,
        scratch + ProbeFrames.HEADER_LENGTH,
        memory,
        offset + ProbeFrames.HEADER_LENGTH,
        done - ProbeFrames.HEADER_LENGTH);
    for (int segment = 1; segment < settings.segments(); segment++) {
      int length = tailLength(size, segment);
      long target = offset + done + (long) segment * CACHE_LINE;
      MemorySegment.copy(memory, scratch + done, memory, target, length);
      done += length;
    }
  }

  /** Adds what is queued to a batch, oldest first, as far as it fits. */
  int show(TxBatch batch) {
    int count = 0;
    int place = head;
    while (count < queued && show(batch, queue[place], queuedSizes[place])) {
      count++;
      place = place + 1 == queue.length ? 0 : place + 1;
    }
    return count;
  }

  private boolean show(TxBatch batch, int slot, int size) {
    int segments = settings.segments();
    if (batch.remainingSegments() < segments) {
      return false;
    }
    long address = HostMemory.START + slotOffset(slot);
    int length = headLength(size);
    if (!batch.addPacket(slot, segments, 0, size, address, length)) {
      return false;
    }
    int done = length;
    for (int segment = 1; segment < segments; segment++) {
      length = tailLength(size, segment);
      batch.addSegment(address + done + (long) segment * CACHE_LINE, length);
      done += length;
    }
    return true;
  }

  /** The head segment holds the header, and an equal part of the frame if that is more. */
  private int headLength(int size) {
    return Math.max(ProbeFrames.HEADER_LENGTH, Math.ceilDiv(size, settings.segments()));
  }

  /** The rest is divided evenly; the first ones are a byte longer where it does not come out. */
  private int tailLength(int size, int segment) {
    int rest = size - headLength(size);
    int tails = settings.segments() - 1;
    return rest / tails + (segment <= rest % tails ? 1 : 0);
  }

  /** The oldest queued frames are in flight now. */
  void accept(int count) {
    head = (head + count) % queue.length;
    queued -= count;
  }

  /** Slots that were in flight are free. */
  void complete(int[] slots, int count) {
    for (int i = 0; i < count; i++) {
      free[freeCount++] = slots[i];
    }
  }
}
