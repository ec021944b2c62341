package org.patchbay.vhostuser.ring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.InspectNode;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.RingPort;

/**
 * A guest's driver and a {@link GuestRingPair} on the same memory, with a stand-in for the engine
 * and a backend that reflects frames. One thread plays all of them in turn.
 */
final class RingRig implements RingPort, RingPairListener, AutoCloseable {

  static final long GUEST_BASE = 0x4000_0000L;

  /** Bytes before and behind the guest's memory. */
  static final int AROUND = 4096;

  static final int FRAME_SIZE = 1518;
  static final int SLOT = 2048;
  static final long COMMON = 1L << Features.VERSION_1;

  private static final int BATCH = 64;

  final Arena arena = Arena.ofConfined();

  /** All that was allocated: the guest's memory and what must not be touched around it. */
  final MemorySegment surroundings;

  /** The guest's memory. */
  final MemorySegment memory;

  final GuestRingPair pair;
  final GuestDriver driver;

  /** What the backend was lent last. */
  BufferAccess access;

  final long features;
  final int size;

  /** Ids that the backend holds, oldest first. */
  final Deque<Integer> posted = new ArrayDeque<>();

  final List<String> errors = new ArrayList<>();
  int refused;

  /** How many of the posted ids are set aside, as the backend that had them is gone. */
  int aside;

  private final boolean[] isPosted = new boolean[VirtqueueLayout.MAX_SIZE];
  private final TxBatch batch = new TxBatch(BATCH, 1024);
  private final int[] ids = new int[BATCH];
  private final RxMetadata metadata = new RxMetadata();

  RingRig(long features, int size) {
    this(features, size, FRAME_SIZE, SLOT);
  }

  RingRig(long features, int size, int frameSize, int slotBytes) {
    this.features = features;
    this.size = size;
    long bytes = GuestDriver.bytesNeeded(size, slotBytes);
    surroundings = arena.allocate(bytes + 2 * AROUND, 4096);
    memory = surroundings.asSlice(AROUND, bytes);
    driver = new GuestDriver(memory, GUEST_BASE, 0, size, features, slotBytes);
    pair = new GuestRingPair(0, frameSize, this);
    pair.attach(this);
    pair.setMemory(List.of(new GuestRegion(GUEST_BASE, memory)));
    pair.setFeatures(features);
    pair.setEnabled(true, true);
    pair.setReceive(layout(driver.receiveRing(), driver.receiveRing().initialBase()));
    pair.setTransmit(layout(driver.transmitRing(), driver.transmitRing().initialBase()));
    access = lend(arena, false);
  }

  /** Lends the buffers as the engine does, through an arena. */
  BufferAccess lend(Arena through, boolean apart) {
    MemorySegment all = MemorySegment.NULL.reinterpret(Long.MAX_VALUE, through, null);
    access = pair.lend(pair.memory().through(through), all, apart);
    return access;
  }

  VirtqueueLayout layout(DriverRing ring, int base) {
    long toNative = memory.address() - GUEST_BASE;
    return new VirtqueueLayout(
        ring.size(),
        ring.descriptorAddress() + toNative,
        ring.driverAddress() + toNative,
        ring.deviceAddress() + toNative,
        base);
  }

  /** Takes what the guest posted; how many buffers. */
  int post() {
    int count = pair.takePosted(ids, ids.length);
    for (int i = 0; i < count; i++) {
      if (isPosted[ids[i]]) {
        throw new AssertionError("id " + ids[i] + " is posted twice");
      }
      isPosted[ids[i]] = true;
      posted.add(ids[i]);
    }
    return count;
  }

  /** Takes all that the guest posted. */
  void postAll() {
    while (post() > 0) {
      // until there is no more
    }
  }

  /** Shows what the guest queued. */
  TxBatch peek() {
    batch.clear();
    pair.peekTransmits(batch);
    return batch;
  }

  /** Takes the first packets of the last {@link #peek} and completes them. */
  void acceptAndComplete(int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = batch.id(i);
    }
    pair.acceptTransmits(count);
    pair.completeTransmits(ids, count);
  }

  /** Reflects as many packets as there are buffers; how many. */
  int reflect() {
    post();
    TxBatch packets = peek();
    int count = Math.min(packets.packetCount(), posted.size());
    for (int i = 0; i < count; i++) {
      ids[i] = posted.remove();
    }
    int written = access.writePackets(ids, 0, count, metadata, packets, 0);
    if (written < count) {
      throw new AssertionError(
          "packet "
              + written
              + ": "
              + access.writePacket(ids[written], metadata, packets, written));
    }
    deliver(ids, count);
    acceptAndComplete(count);
    pair.flush();
    return count;
  }

  /** As {@link #reflect}, with frames that don't fit dropped, for guests that write anything. */
  void reflectWhatFits() {
    post();
    TxBatch packets = peek();
    int count = packets.packetCount();
    for (int i = 0; i < count && !posted.isEmpty(); i++) {
      int id = posted.element();
      metadata.set(0, packets.length(i));
      if (access.writePacket(id, metadata, packets, i) == BufferAccess.WRITTEN) {
        posted.remove();
        deliver(new int[] {id}, 1);
      }
    }
    acceptAndComplete(count);
    pair.flush();
    pair.pollReady(true, true);
  }

  void deliver(int[] buffers, int count) {
    for (int i = 0; i < count; i++) {
      isPosted[buffers[i]] = false;
    }
    pair.deliver(buffers, count);
  }

  /** Delivers a frame in the oldest posted buffer, which stays posted if it does not fit. */
  int receive(byte[] frame, RxMetadata with) {
    int id = posted.element();
    int result = access.writePacket(id, with, MemorySegment.ofArray(frame), 0, frame.length);
    if (result == BufferAccess.WRITTEN) {
      posted.remove();
      deliver(new int[] {id}, 1);
      pair.flush();
    }
    return result;
  }

  /** Gives buffers back whose frames are forgotten. */
  void discard(int[] buffers) {
    for (int id : buffers) {
      isPosted[id] = false;
    }
    pair.discard(buffers, buffers.length);
    pair.flush();
  }

  /** As after a crash: takes what is posted, with nothing known of before. */
  void reposted() {
    Arrays.fill(isPosted, false);
    postAll();
  }

  /** Stops the rings as the engine does: everything comes back. */
  void takeBack() {
    int[] held = posted.stream().mapToInt(Integer::intValue).toArray();
    posted.clear();
    for (int id : held) {
      isPosted[id] = false;
    }
    pair.takeBack(held, held.length);
  }

  /** Starts both rings where they stopped. */
  void restart() {
    pair.setReceive(layout(driver.receiveRing(), pair.receiveBase()));
    pair.setTransmit(layout(driver.transmitRing(), pair.transmitBase()));
    access = lend(arena, false);
  }

  /** How many chains of a ring were dropped for a cause. */
  long dropped(boolean transmits, Cause cause) {
    return pair.counters(transmits).dropped(cause);
  }

  InspectNode inspected() {
    InspectNode node = new InspectNode();
    pair.inspect(node);
    return node;
  }

  @Override
  public void wake() {}

  @Override
  public boolean isPosted(int id) {
    return id >= 0 && id < isPosted.length && isPosted[id];
  }

  @Override
  public int receiveIdsHeld() {
    return posted.size() - aside;
  }

  @Override
  public void refuse(int id) {
    refused++;
  }

  @Override
  public GuestRegion scratch() {
    return new GuestRegion(SCRATCH_START, memory.asSlice(0, 64));
  }

  @Override
  public void ringError(int ring, String what) {
    errors.add(ring + ": " + what);
  }

  @Override
  public boolean isMemoryIntact() {
    return true;
  }

  @Override
  public void memoryFaulted() {
    errors.add("memory");
  }

  @Override
  public void linkChanged(boolean up) {}

  @Override
  public void inspect(InspectNode node) {}

  @Override
  public void close() {
    arena.close();
  }
}
