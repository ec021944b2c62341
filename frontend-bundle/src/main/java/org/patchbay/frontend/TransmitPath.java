package org.patchbay.frontend;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.frontend.offload.SoftwareOffload;

/**
 * The way of one ring pair's transmits to a queue, as they are or through software offloads, and
 * back to the guest.
 *
 * <p>Of the worker that serves the pair; while none does, of the coordinator.
 */
final class TransmitPath {

  private final RingPair rings;
  private final RingPort port;
  private final IdLedger ledger;
  private final PortCounters counters;
  private final SoftwareOffload offload;
  private final int first;
  private final int slots;
  private boolean drops;
  private boolean blocked;

  /**
   * @param port the pair's, which refuses ids that are not its own
   * @param index of the pair within its NIC, from 0
   * @param pairs how many the NIC has
   */
  TransmitPath(
      RingPair rings, RingPort port, int index, int pairs, IdLedger ledger, PortCounters counters) {
    this.rings = rings;
    this.port = port;
    this.ledger = ledger;
    this.counters = counters;
    slots = rings.transmitSlots();
    first = index * slots;
    offload =
        new SoftwareOffload(
            first,
            slots,
            pairs * slots + index * SoftwareOffload.DERIVED_IDS,
            RingPort.SCRATCH_START + index * SoftwareOffload.SCRATCH_STRIDE,
            PacketPath.BATCH_PACKETS,
            PacketPath.BATCH_SEGMENTS);
  }

  /** The memory in which offloads make what they send. */
  GuestRegion scratch() {
    return offload.scratch();
  }

  /** Prepares for a new queue. */
  void begin(PlugTraits plug) {
    drops = plug.fallback();
    offload.begin(plug.offloads().flags(), plug.carriesVlan());
    blocked = false;
  }

  /** Forgets how far it came in the packet at hand, as the guest gets it back or it is dropped. */
  void rewind() {
    offload.rewind();
  }

  /** Whether the queue took less than it was offered. */
  boolean isBlocked() {
    return blocked;
  }

  /** The queue may have room again. */
  void unblock() {
    blocked = false;
  }

  /**
   * Offers the queue what the guest has queued.
   *
   * @return how much was done, or a failure code of {@link Queue}
   */
  int transmit(Queue queue, BufferAccess access, TxBatch batch, int[] ids) {
    return offload.treats(batch)
        ? transmitTreated(queue, access, batch, ids)
        : transmitAsIs(queue, access, batch, ids);
  }

  private int transmitAsIs(Queue queue, BufferAccess access, TxBatch batch, int[] ids) {
    int result = queue.txAvail(access, batch);
    if (TxResult.isFailure(result)) {
      return result;
    }
    int accepted = TxResult.accepted(result);
    blocked = accepted < batch.packetCount();
    if (accepted == 0) {
      return 0;
    }
    rings.acceptTransmits(accepted);
    long bytes = 0;
    for (int i = 0; i < accepted; i++) {
      ids[i] = batch.id(i);
      bytes += batch.length(i);
    }
    if (TxResult.isComplete(result)) {
      rings.completeTransmits(ids, accepted);
    } else {
      for (int i = 0; i < accepted; i++) {
        ledger.beginTransmit(ids[i]);
      }
      counters.transmitIdsHeld += accepted;
    }
    countTransmits(accepted, bytes);
    return accepted;
  }

  /** The same through software offloads: packets of one batch may end differently. */
  private int transmitTreated(Queue queue, BufferAccess access, TxBatch batch, int[] ids) {
    int result = offload.offer(queue, access, batch);
    if (result < 0) {
      return result;
    }
    blocked = offload.isBlocked();
    int accepted = offload.accepted();
    if (accepted > 0) {
      rings.acceptTransmits(accepted);
      long bytes = 0;
      int completed = 0;
      for (int i = 0; i < accepted; i++) {
        int id = batch.id(i);
        bytes += batch.length(i);
        if (offload.isPending(batch, i)) {
          beginTransmit(id);
        } else {
          ids[completed++] = id;
        }
      }
      if (completed > 0) {
        rings.completeTransmits(ids, completed);
      }
      countTransmits(accepted - offload.dropped(), bytes);
      counters.txTreated.add(offload.treated());
      counters.txBadHeaders.add(offload.dropped());
    }
    return offload.transmitted();
  }

  private void beginTransmit(int id) {
    ledger.beginTransmit(id);
    counters.transmitIdsHeld++;
  }

  private void countTransmits(int packets, long bytes) {
    if (drops) {
      counters.txDropped.add(packets);
    } else {
      counters.txPackets.add(packets);
      counters.txBytes.add(bytes);
    }
  }

  /** Drops what the guest has queued, as its link is down. */
  int drop(TxBatch batch, int count, int[] ids) {
    offload.rewind();
    rings.acceptTransmits(count);
    int completed = 0;
    for (int i = 0; i < count; i++) {
      int id = batch.id(i);
      if (offload.isOutstanding(id)) {
        beginTransmit(id); // some of its segments are sent, and under way
      } else {
        ids[completed++] = id;
      }
    }
    if (completed > 0) {
      rings.completeTransmits(ids, completed);
    }
    counters.txDropped.add(count);
    return count;
  }

  /** Ends transmits that the backend has completed. */
  void complete(int[] ids, int count) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      int ended = offload.inFlight() == 0 ? id : offload.complete(id);
      if (ended == SoftwareOffload.OPEN) {
        continue;
      }
      if (ledger.endTransmit(ended)) {
        ids[kept++] = ended;
      } else {
        port.refuse(id);
      }
    }
    if (kept > 0) {
      counters.transmitIdsHeld -= kept;
      rings.completeTransmits(ids, kept);
    }
  }

  /** How much the queue has in flight, whether the guest's packets or what was made of them. */
  int inFlight() {
    return ledger.inFlightCount() + offload.inFlight();
  }

  /** Whether a transmit id is of this pair, its own or one of a packet made of its. */
  boolean owns(int id) {
    int slot = id - first;
    return slot >= 0 && slot < slots || offload.owns(id);
  }

  /** Takes fresh arrays, as a stuck call still has the present ones. */
  void abandonBatch() {
    offload.abandonBatch();
  }

  /** Ends as lost what is in flight; the queue that had it is closed. */
  void abort(int[] ids) {
    offload.abort();
    int slot = ledger.inFlightCount() == 0 ? -1 : 0;
    while (slot >= 0) {
      slot = ledger.abortTransmits(ids, slot);
      int count = ledger.abortedCount();
      if (count > 0) {
        counters.transmitIdsHeld -= count;
        counters.txLost.add(count);
        rings.completeTransmits(ids, count);
      }
    }
  }
}
