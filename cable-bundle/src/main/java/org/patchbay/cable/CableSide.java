package org.patchbay.cable;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.InspectNode;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.RingPair;
import org.patchbay.frontend.RingPort;
import org.patchbay.frontend.SlotBuffers;

/**
 * One side of a cable. Its receive ids are its own buffers; its transmit ids are the buffers of the
 * other side, whose frames it transmits from where they were received.
 */
final class CableSide implements RingPair {

  private static final int NO_FLAGS = 0;

  private final String nic;
  private final SlotBuffers buffers;
  private final int slots;

  /** Own buffers that hold nothing. */
  private final IntRing free;

  /** Buffers of the other side with frames that this side has not transmitted yet. */
  private final IntRing waiting;

  private @Nullable CableSide other;
  private @Nullable RingPort port;

  /** The worker may sleep unless this side wakes it. */
  private boolean armed;

  // Written by the worker, read by any thread.
  private final AtomicLong frames = new AtomicLong();
  private final AtomicLong waitingNow = new AtomicLong();
  private final AtomicLong inFlight = new AtomicLong();

  /**
   * @param nic name of its NIC
   * @param buffers its receive buffers
   * @param slots how many it has
   * @param otherSlots how many the other side has
   */
  CableSide(String nic, SlotBuffers buffers, int slots, int otherSlots) {
    this.nic = nic;
    this.buffers = buffers;
    this.slots = slots;
    free = new IntRing(slots);
    for (int slot = 0; slot < slots; slot++) {
      free.add(slot);
    }
    waiting = new IntRing(otherSlots);
  }

  /** Joins two sides, before either is used. */
  static void join(CableSide a, CableSide b) {
    a.other = b;
    b.other = a;
  }

  private CableSide other() {
    return Objects.requireNonNull(other);
  }

  @Override
  public int receiveSlots() {
    return slots;
  }

  @Override
  public int transmitSlots() {
    return other().slots;
  }

  @Override
  public void attach(RingPort newPort) {
    port = newPort;
    buffers.attach(newPort);
    buffers.include(newPort.scratch()); // for tags, where the endpoint takes no VLAN
  }

  @Override
  public GuestMemory memory() {
    return buffers.memory();
  }

  @Override
  public BufferAccess lend(GuestMemory view, MemorySegment all, boolean apart) {
    return buffers.lend(view, apart);
  }

  // ---- receive ----

  @Override
  public int takePosted(int[] ids, int space) {
    int count = Math.min(space, free.size());
    for (int i = 0; i < count; i++) {
      ids[i] = free.get(i);
    }
    free.remove(count);
    return count;
  }

  @Override
  public long deliver(int[] ids, int count) {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += buffers.metadata(ids[i]).length();
    }
    other().queue(ids, count);
    return bytes;
  }

  private void queue(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      waiting.add(ids[i]);
    }
    waitingNow.setOpaque(waiting.size());
    wakeIfArmed();
  }

  @Override
  public void discard(int[] ids, int count) {
    release(ids, count);
  }

  /** Buffers of this side come home. */
  private void release(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      free.add(ids[i]);
    }
    wakeIfArmed();
  }

  @Override
  public void close(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      free.add(ids[i]);
    }
  }

  // ---- transmit ----

  @Override
  public int peekTransmits(TxBatch batch) {
    SlotBuffers source = other().buffers;
    int count = 0;
    while (count < waiting.size()) {
      int id = waiting.get(count);
      RxMetadata metadata = source.metadata(id);
      int length = metadata.length();
      if (!batch.addPacket(
          id, 1, NO_FLAGS, length, source.address(id) + metadata.offset(), length)) {
        break;
      }
      batch.setVlan(metadata.vlan());
      count++;
    }
    return count;
  }

  @Override
  public void acceptTransmits(int count) {
    waiting.remove(count);
    waitingNow.setOpaque(waiting.size());
    frames.setOpaque(frames.getPlain() + count);
    inFlight.setOpaque(inFlight.getPlain() + count);
  }

  @Override
  public void completeTransmits(int[] ids, int count) {
    inFlight.setOpaque(inFlight.getPlain() - count);
    other().release(ids, count);
  }

  // ---- waking ----

  @Override
  public boolean pollReady(boolean receives, boolean transmits) {
    boolean ready = (receives && free.size() > 0) || (transmits && waiting.size() > 0);
    armed = !ready;
    return ready;
  }

  /** What the other side did may be this side's work, and the engine asks each side on its own. */
  private void wakeIfArmed() {
    RingPort attached = port;
    if (armed && attached != null) {
      armed = false;
      attached.wake();
    }
  }

  // ---- any thread ----

  @Override
  public void inspect(InspectNode node) {
    CableSide peer = other();
    describe(node.child("to " + peer.nic), peer);
    describe(node.child("from " + peer.nic), this);
  }

  private static void describe(InspectNode node, CableSide transmitter) {
    node.value("frames", transmitter.frames.getOpaque());
    node.value("waiting", transmitter.waitingNow.getOpaque());
    node.value("in flight", transmitter.inFlight.getOpaque());
  }
}
