package org.patchbay.benchmarks.loopback;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.frontend.SlotBuffers;

/**
 * A frontend's loop over one queue: builds a batch, offers it, retires what is complete, collects
 * what came and posts the buffers again. The same turn as the C yardstick's.
 */
final class Frontend {

  /** Packets in a batch. */
  static final int BATCH = 32;

  private static final int RETIRED_MASK = 255;

  private final Slots slots;
  private final SlotBuffers buffers;
  private final BufferAccess access;
  private final PostedIds posted = new PostedIds();
  private final int bytes;
  private final int segments;
  private final long[] addresses;
  private final int[] lengths;
  private final TxBatch batch;
  private final int[] ids = new int[BATCH];
  private final int[] retired = new int[RETIRED_MASK + 1];
  private int retiredCount;
  private int nextSlot;
  private long bytesReceived;

  Frontend(Slots slots, int bytes, int segments) {
    this.slots = slots;
    buffers = new SlotBuffers(slots.memory(), Slots.RECEIVE_BASE, Slots.COUNT, Slots.SIZE);
    buffers.attach(posted);
    access = buffers.lend(slots.memory(), false);
    this.bytes = bytes;
    this.segments = segments;
    addresses = new long[Slots.COUNT * segments];
    lengths = new int[Slots.COUNT * segments];
    batch = new TxBatch(BATCH, BATCH * segments);
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      int offset = 0;
      for (int segment = 0; segment < segments; segment++) {
        int length = segment == segments - 1 ? bytes - offset : bytes / segments;
        slots.fill(slot, segment, offset, length);
        addresses[slot * segments + segment] = slots.transmitAddress(slot, segment, offset);
        lengths[slot * segments + segment] = length;
        offset += length;
      }
    }
  }

  /** Posts every receive buffer, in the order of the slots. */
  void post(Queue queue, BufferAccess access) {
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      ids[0] = slot;
      posted.post(ids, 1);
      if (queue.rxAvail(access, ids, 1) < 0) {
        throw new IllegalStateException("the queue refuses receive buffers");
      }
    }
  }

  /**
   * One turn.
   *
   * @return how many packets came back, or a failure code
   */
  int turn(Queue queue, BufferAccess access) {
    build();
    int result = queue.txAvail(access, batch);
    if (result < 0) {
      return result;
    }
    retire(TxResult.accepted(result));
    int count = queue.rxPoll(access, ids, BATCH);
    if (count <= 0) {
      return count;
    }
    take(count);
    posted.post(ids, count);
    int posted = queue.rxAvail(access, ids, count);
    return posted < 0 ? posted : count;
  }

  private void build() {
    batch.clear();
    int slot = nextSlot;
    for (int i = 0; i < BATCH; i++) {
      int at = slot * segments;
      batch.addPacket(slot, segments, 0, bytes, addresses[at], lengths[at]);
      for (int segment = 1; segment < segments; segment++) {
        batch.addSegment(addresses[at + segment], lengths[at + segment]);
      }
      slot = (slot + 1) & (Slots.COUNT - 1);
    }
    nextSlot = slot;
  }

  private void retire(int packets) {
    int position = retiredCount;
    for (int i = 0; i < packets; i++) {
      retired[position++ & RETIRED_MASK] = batch.id(i);
    }
    retiredCount = position;
  }

  private void take(int count) {
    posted.take(ids, count);
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += buffers.metadata(ids[i]).length();
    }
    bytesReceived += sum;
  }

  /** Bytes of all packets that came back. */
  long bytesReceived() {
    return bytesReceived;
  }

  /** The frontend's own receive buffers, as it lends them. */
  BufferAccess buffers() {
    return access;
  }

  /** Whether no id was refused and each receive buffer holds the packet of its slot. */
  boolean isIntact() {
    if (posted.refused() > 0) {
      return false;
    }
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (!slots.holdsPacket(slot, bytes)) {
        return false;
      }
    }
    return true;
  }
}
