package org.patchbay.frontend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.TxBatch;

/**
 * A guest that counts: it posts all its buffers, sends numbered frames as long as the test has
 * ordered some, and keeps the numbers of what comes back.
 */
final class CountingRings implements RingPair, AutoCloseable {

  static final int SLOTS = 32;
  private static final int SIZE = 128;

  private final Arena arena = Arena.ofShared();
  private final GuestMemory memory = GuestMemory.of(arena.allocate(2L * SLOTS * SIZE));
  private final SlotBuffers buffers = new SlotBuffers(memory, 0, SLOTS, SIZE);
  private final ArrayDeque<Integer> freeReceive = new ArrayDeque<>();
  private final ArrayDeque<Integer> freeTransmit = new ArrayDeque<>();
  private final ArrayDeque<Integer> queued = new ArrayDeque<>();
  private final Arena scratchArena = Arena.ofShared();
  private final MemorySegment scratch = scratchArena.allocate(8);
  private long sequence;

  @SuppressWarnings("NullAway.Init") // the engine attaches it before all else
  private RingPort port;

  final ConcurrentLinkedQueue<Long> delivered = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<Integer> returned = new ConcurrentLinkedQueue<>();
  volatile long ordered;
  volatile long accepted;
  volatile long completed;
  volatile long discarded;

  /** Whether no worker serves it, and how often it was called all the same. */
  private volatile boolean rests;

  volatile int lateCalls;

  /** Holds the worker up where it asks the rings, as long as a test wants. */
  volatile @Nullable CountDownLatch gate;

  /** Whether it is held up there. */
  volatile boolean isHeldUp;

  CountingRings() {
    for (int i = 0; i < SLOTS; i++) {
      freeReceive.add(i);
      freeTransmit.add(i);
    }
  }

  /** Orders more frames. */
  void order(long frames) {
    ordered += frames;
    port.wake();
  }

  /** All receive ids, sorted. */
  List<Integer> allBuffers() {
    return IntStream.range(0, SLOTS).boxed().toList();
  }

  /** The receive ids that the guest has after the engine closed, sorted, doubles included. */
  List<Integer> buffersAtHome() {
    return Stream.concat(freeReceive.stream(), returned.stream()).sorted().toList();
  }

  /** The guest's memory as it is. */
  byte[] snapshot() {
    return memory.regionMemory(0).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public int receiveSlots() {
    return SLOTS;
  }

  @Override
  public int transmitSlots() {
    return SLOTS;
  }

  @Override
  public void attach(RingPort ringPort) {
    port = ringPort;
    buffers.attach(ringPort);
  }

  @Override
  public GuestMemory memory() {
    return buffers.memory();
  }

  @Override
  public BufferAccess lend(GuestMemory view, MemorySegment all, boolean apart) {
    return buffers.lend(view, apart);
  }

  @Override
  public int takePosted(int[] ids, int space) {
    int count = 0;
    while (count < space && !freeReceive.isEmpty()) {
      ids[count++] = freeReceive.remove();
    }
    return count;
  }

  @Override
  public long deliver(int[] ids, int count) {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      memory.read(buffers.address(ids[i]), scratch, 0, 8);
      delivered.add(scratch.get(ValueLayout.JAVA_LONG, 0));
      bytes += buffers.metadata(ids[i]).length();
      freeReceive.add(ids[i]);
    }
    return bytes;
  }

  @Override
  public void discard(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      freeReceive.add(ids[i]);
    }
    discarded += count;
  }

  @Override
  public int peekTransmits(TxBatch batch) {
    while (sequence < ordered && !freeTransmit.isEmpty()) {
      int id = freeTransmit.remove();
      scratch.set(ValueLayout.JAVA_LONG, 0, sequence++);
      memory.write(address(id), scratch, 0, 8);
      queued.add(id);
    }
    for (int id : queued) {
      if (!batch.addPacket(id, 1, 0, 64, address(id), 64)) {
        break;
      }
    }
    return batch.packetCount();
  }

  private long address(int id) {
    return (long) (SLOTS + id) * SIZE;
  }

  @Override
  public void acceptTransmits(int count) {
    for (int i = 0; i < count; i++) {
      queued.remove();
    }
    accepted += count;
  }

  @Override
  public void completeTransmits(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      freeTransmit.add(ids[i]);
    }
    completed += count;
    lateCalls += rests ? 1 : 0;
  }

  @Override
  public boolean pollReady(boolean receives, boolean transmits) {
    CountDownLatch held = gate;
    while (held != null && held.getCount() > 0) {
      isHeldUp = true;
      try {
        held.await();
      } catch (InterruptedException e) {
        throw new AssertionError("nobody interrupts a worker in its rings", e);
      }
    }
    isHeldUp = false;
    return receives && !freeReceive.isEmpty()
        || transmits && sequence < ordered && !freeTransmit.isEmpty();
  }

  @Override
  public void halted() {
    rests = true;
  }

  @Override
  public void started(RingWatches watches) {
    rests = false;
  }

  @Override
  public void flush() {
    lateCalls += rests ? 1 : 0;
  }

  @Override
  public void close(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      returned.add(ids[i]);
    }
  }

  @Override
  public void close() {
    arena.close();
    scratchArena.close();
  }
}
