package org.patchbay.frontend;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.frontend.offload.SoftwareOffload;

/**
 * One ring pair's way to the queue that it belongs to at the moment, with the ledger of who holds
 * which of its ids. The ledger stays with the pair while queues come and go.
 *
 * <p>Of the worker that serves the pair, except where noted; while none does, of the coordinator.
 */
final class PairPath implements RingPort {

  private final int index;
  private final RingPair rings;
  private final int receiveSlots;
  private final int transmitSlots;
  private final IdLedger ledger;
  private final PortCounters counters = new PortCounters();
  private final SoftwareOffload offload;

  // Written by the coordinator while the pair rests.
  private BufferAccess buffers;
  private volatile @Nullable EngineWorker worker;
  private @Nullable RingWatches watches;
  private boolean drops;

  private boolean blocked;
  private boolean refused;
  private int refusedId;

  /**
   * @param index of the pair within its NIC, from 0
   * @param pairs how many the NIC has
   */
  PairPath(RingPair rings, int index, int pairs) {
    this.index = index;
    this.rings = rings;
    receiveSlots = rings.receiveSlots();
    transmitSlots = rings.transmitSlots();
    ledger = new IdLedger(firstReceiveId(), receiveSlots, firstTransmitId(), transmitSlots);
    offload =
        new SoftwareOffload(
            firstTransmitId(),
            transmitSlots,
            pairs * transmitSlots + index * SoftwareOffload.DERIVED_IDS,
            SCRATCH_START + index * SoftwareOffload.SCRATCH_STRIDE,
            PacketPath.BATCH_PACKETS,
            PacketPath.BATCH_SEGMENTS);
    rings.attach(this);
    buffers = rings.buffers();
  }

  int index() {
    return index;
  }

  RingPair rings() {
    return rings;
  }

  int receiveSlots() {
    return receiveSlots;
  }

  int transmitSlots() {
    return transmitSlots;
  }

  IdLedger ledger() {
    return ledger;
  }

  PortCounters counters() {
    return counters;
  }

  BufferAccess buffers() {
    return buffers;
  }

  /** Name of the worker that serves the pair, or served it last. Any thread. */
  String workerName() {
    EngineWorker serving = worker;
    return serving == null ? "none" : serving.name();
  }

  // ---- the ring pair's port ----

  @Override
  public void wake() {
    EngineWorker serving = worker;
    if (serving != null) {
      serving.wake();
    }
  }

  @Override
  public boolean isPosted(int id) {
    return ledger.isPosted(id);
  }

  @Override
  public void refuse(int id) {
    EngineWorker serving = worker;
    if (serving != null && !serving.isHere()) {
      return; // a thread that was given up in a call of an older queue
    }
    refused = true;
    refusedId = id;
    counters.refusedIds.add(1);
  }

  @Override
  public int firstReceiveId() {
    return index * receiveSlots;
  }

  @Override
  public int firstTransmitId() {
    return index * transmitSlots;
  }

  @Override
  public GuestRegion scratch() {
    return offload.scratch();
  }

  boolean isRefused() {
    return refused;
  }

  int refusedId() {
    return refusedId;
  }

  // ---- the coordinator's, while the pair rests ----

  /**
   * Lets a worker serve the pair, with another queue than before.
   *
   * @param plug what that queue is one of
   */
  void begin(EngineWorker newWorker, PlugTraits plug) {
    resume(newWorker);
    drops = plug.fallback();
    offload.begin(plug.offloads().flags(), plug.carriesVlan());
    blocked = false;
    refused = false;
  }

  /** Lets a worker serve the pair, with its queue as it is. */
  void resume(EngineWorker newWorker) {
    buffers = rings.buffers();
    worker = newWorker;
    RingWatches present = newWorker.watches();
    if (watches != present) {
      rest();
      watches = present;
      rings.started(present);
    }
  }

  /** Tells the ring pair that it is served no more. */
  void rest() {
    if (watches != null) {
      watches = null;
      rings.halted();
    }
  }

  /** Has the ring pair take all receive ids back, as its rings stop. */
  void takeBack() {
    offload.rewind();
    int[] held = takeAll();
    rings.takeBack(held, held.length);
  }

  private int[] takeAll() {
    int[] held = ledger.takeAll();
    counters.receiveIdsHeld -= held.length;
    count();
    return held;
  }

  // ---- faults ----

  /** Asks whether the guest took memory away; if so, the ring pair is told. */
  boolean isMemoryGone() {
    boolean intact;
    try {
      intact = rings.isMemoryIntact();
    } catch (InternalError e) {
      intact = false; // it is not if looking at it fails
    }
    if (!intact) {
      rings.memoryFaulted();
    }
    return !intact;
  }

  // ---- receive ----

  /** Takes what the guest has posted and posts it to the pair's own queue. */
  int post(Queue queue, BufferAccess access, int[] ids) {
    int count = rings.takePosted(ids, ids.length);
    if (count == 0) {
      return 0;
    }
    for (int i = 0; i < count; i++) {
      ledger.post(ids[i]);
    }
    counters.receiveIdsHeld += count;
    int result = queue.rxAvail(access, ids, count);
    return result < 0 ? result : count;
  }

  /** Takes back filled buffers and hands them to the guest. */
  void receive(int[] ids, int count, boolean linkUp) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      if (ledger.takeBack(id)) {
        ids[kept++] = id;
      } else {
        refuse(id);
      }
    }
    deliver(ids, kept, linkUp);
  }

  /** Hands filled buffers, which the ledger has taken back, to the guest. */
  void deliver(int[] ids, int count, boolean linkUp) {
    counters.receiveIdsHeld -= count;
    if (linkUp) {
      counters.rxBytes.add(rings.deliver(ids, count));
      counters.rxPackets.add(count);
    } else {
      rings.discard(ids, count);
      counters.rxDiscarded.add(count);
    }
  }

  // ---- transmit ----

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
        refuse(id);
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
  boolean ownsTransmit(int id) {
    int slot = id - firstTransmitId();
    return slot >= 0 && slot < transmitSlots || offload.owns(id);
  }

  /** Takes fresh arrays, as a stuck call still has the present ones. */
  void abandonArrays() {
    offload.abandonBatch();
  }

  /** Ends as lost what is in flight; the queue that had it is closed. */
  void abortTransmits(int[] ids) {
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

  // ---- the end of a pass, sleep, close ----

  /** Publishes what was done to the guest and to operators. */
  void publish() {
    rings.flush();
    count();
  }

  private void count() {
    counters.idsOutstanding.set(
        counters.receiveIdsHeld
            - ledger.heldCount()
            + counters.transmitIdsHeld
            - ledger.inFlightCount());
    counters.txInFlight.set(ledger.inFlightCount());
    counters.rxPosted.set(ledger.heldCount());
  }

  /** Whether the ring pair has something to do; if not, its wake-ups are armed. */
  boolean pollReady(boolean holding) {
    return rings.pollReady(!blocked && !holding);
  }

  /** The queue may have room again. */
  void unblock() {
    blocked = false;
  }

  /** When the pair has transmits of its own accord, in nanoseconds from now. */
  long nanosToNextTransmit(long now) {
    return blocked ? Long.MAX_VALUE : rings.nanosToNextTransmit(now);
  }

  /** Ends as lost what is in flight, and publishes that; the queue that had it is closed. */
  void settle(int[] ids) {
    if (inFlight() > 0) {
      abortTransmits(ids);
      publish();
    }
  }

  /** Gives everything back to the ring pair, for good. */
  void giveBack(int[] ids) {
    offload.rewind();
    abortTransmits(ids);
    int[] held = takeAll();
    rings.close(held, held.length);
    publish();
  }
}
