package org.patchbay.frontend;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * Moves packets between a ring pair and a queue, and keeps the ledger of who holds which id. Knows
 * nothing of swaps but what it is told: which queue to use now, what to collect from the old one,
 * what to post to the new one.
 *
 * <p>Worker only, except {@link #begin}, {@link #postedCount} and {@link #inFlightCount}, which the
 * coordinator calls while the worker rests.
 */
final class PacketPath implements RingPort {

  /** Result: the queue used an id that it did not hold; {@link #refusedId} tells which. */
  static final int REFUSED = -16;

  private static final int BATCH_PACKETS = 64;
  private static final int BATCH_SEGMENTS = 1024;
  private static final int SCRATCH_BYTES = 4096;

  private final RingPair rings;
  private BufferAccess buffers;
  private final IdLedger ledger;
  private final PortCounters counters;
  private final Runnable waker;

  // Replaced when a worker is given up, as the call that it is stuck in has them.
  private int[] ids = new int[BATCH_PACKETS];
  private TxBatch batch = new TxBatch(BATCH_PACKETS, BATCH_SEGMENTS);

  // One page until there are software offloads, which need more.
  private final GuestRegion scratch =
      new GuestRegion(SCRATCH_START, Arena.ofAuto().allocate(SCRATCH_BYTES, SCRATCH_BYTES));

  private boolean dropsTransmits;
  private boolean holding;
  private long holdUntil;
  private boolean blocked;
  private boolean refused;
  private int refusedId;
  private int drained;
  private long lastPacketAt = System.nanoTime();
  private long blackoutFrom = lastPacketAt;
  private @Nullable BlackoutMeter blackout;

  PacketPath(RingPair rings, PortCounters counters, Runnable waker) {
    this.rings = rings;
    this.counters = counters;
    this.waker = waker;
    ledger = new IdLedger(rings.receiveSlots(), rings.transmitSlots());
    rings.attach(this);
    buffers = rings.buffers();
  }

  @Override
  public void wake() {
    waker.run();
  }

  @Override
  public boolean isPosted(int id) {
    return ledger.isPosted(id);
  }

  @Override
  public void refuse(int id) {
    refused = true;
    refusedId = id;
    counters.refusedIds.add(1);
  }

  @Override
  public GuestRegion scratch() {
    return scratch;
  }

  int refusedId() {
    return refusedId;
  }

  int postedCount() {
    return ledger.postedCount();
  }

  int inFlightCount() {
    return ledger.inFlightCount();
  }

  /**
   * Prepares for a new queue.
   *
   * @param drops whether it is the fallback, which drops what is transmitted
   * @param holdUntilNanos until when transmits stay with the guest in that case
   */
  void begin(boolean drops, long holdUntilNanos, BlackoutMeter meter) {
    dropsTransmits = drops;
    holding = drops && holdUntilNanos - System.nanoTime() > 0;
    holdUntil = holdUntilNanos;
    blackout = meter;
    blocked = false;
    refused = false;
    drained = 0;
  }

  /** Takes fresh arrays, as a stuck call still has the present ones. */
  void abandonArrays() {
    ids = new int[BATCH_PACKETS];
    batch = new TxBatch(BATCH_PACKETS, BATCH_SEGMENTS);
  }

  /** From now on the queue passes nothing more; the blackout counts from its last packet. */
  void endOfQueue() {
    blackoutFrom = lastPacketAt;
  }

  /**
   * One pass over everything.
   *
   * @return how much was done, a failure code of {@link Queue}, or {@link #REFUSED}
   */
  int pass(Queue queue, long now, boolean linkUp) {
    int posted = post(queue);
    if (posted < 0) {
      return posted;
    }
    int received = queue.rxPoll(buffers, ids, ids.length);
    if (received < 0) {
      return received;
    }
    if (received > 0) {
      receive(received, linkUp);
      passed(now);
    }
    int transmitted = transmitAll(queue, now, linkUp);
    if (transmitted < 0) {
      return transmitted;
    }
    int completed = 0;
    if (ledger.inFlightCount() > 0) {
      completed = queue.txPoll(buffers, ids, ids.length);
      if (completed < 0) {
        return completed;
      }
      complete(completed);
    }
    if (refused) {
      return REFUSED;
    }
    int work = posted + received + transmitted + completed;
    if (work > 0) {
      publish();
    }
    return work;
  }

  private int post(Queue queue) {
    int count = rings.takePosted(ids, ids.length);
    if (count == 0) {
      return 0;
    }
    for (int i = 0; i < count; i++) {
      ledger.post(ids[i]);
    }
    counters.receiveIdsHeld += count;
    int result = queue.rxAvail(buffers, ids, count);
    return result < 0 ? result : count;
  }

  private void receive(int count, boolean linkUp) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      if (ledger.takeBack(id)) {
        ids[kept++] = id;
      } else {
        refuse(id);
      }
    }
    counters.receiveIdsHeld -= kept;
    if (linkUp) {
      counters.rxBytes.add(rings.deliver(ids, kept));
      counters.rxPackets.add(kept);
    } else {
      rings.discard(ids, kept);
      counters.rxDiscarded.add(kept);
    }
  }

  private int transmitAll(Queue queue, long now, boolean linkUp) {
    if (holding) {
      holding = now - holdUntil < 0;
      if (holding) {
        return 0;
      }
    }
    batch.clear();
    int count = rings.peekTransmits(batch);
    if (count == 0) {
      return 0;
    }
    return linkUp ? transmit(queue, now) : drop(count);
  }

  private int transmit(Queue queue, long now) {
    int result = queue.txAvail(buffers, batch);
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
    if (dropsTransmits) {
      counters.txDropped.add(accepted);
    } else {
      counters.txPackets.add(accepted);
      counters.txBytes.add(bytes);
    }
    passed(now);
    return accepted;
  }

  private int drop(int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = batch.id(i);
    }
    rings.acceptTransmits(count);
    rings.completeTransmits(ids, count);
    counters.txDropped.add(count);
    return count;
  }

  private void complete(int count) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      if (ledger.endTransmit(id)) {
        ids[kept++] = id;
      } else {
        refuse(id);
      }
    }
    if (kept > 0) {
      counters.transmitIdsHeld -= kept;
      rings.completeTransmits(ids, kept);
    }
  }

  private void passed(long now) {
    lastPacketAt = now;
    BlackoutMeter meter = blackout;
    if (meter != null) {
      blackout = null;
      meter.measured(System.nanoTime() - blackoutFrom);
    }
  }

  /**
   * Collects from a queue that gets nothing more, a portion at a time.
   *
   * @param deadline until when transmits in flight are waited for
   * @return whether there may be more to collect; false too if the queue failed
   */
  boolean drain(Queue queue, long now, long deadline, boolean linkUp) {
    int received = queue.rxPoll(buffers, ids, ids.length);
    if (received == Queue.GONE) {
      return false;
    }
    if (received > 0) {
      // A queue can deliver no more than it holds; one that claims to is not asked again.
      drained += received;
      receive(received, linkUp);
      publish();
      if (!refused && drained <= rings.receiveSlots()) {
        return true;
      }
    }
    if (refused || ledger.inFlightCount() == 0) {
      return false;
    }
    int completed = queue.txPoll(buffers, ids, ids.length);
    if (completed > 0) {
      complete(completed);
      publish();
    }
    return completed >= 0 && !refused && ledger.inFlightCount() > 0 && now - deadline < 0;
  }

  /**
   * Ends as lost what the old queue had in flight, and gives the buffers that it held to the new
   * one, in the order in which the guest had posted them.
   *
   * @return 0 or a failure code of {@link Queue}
   */
  int repost(Queue queue) {
    abortTransmits();
    int result = 0;
    int fill = 0;
    for (int id = ledger.firstPosted(); id >= 0 && result >= 0; id = ledger.nextPosted(id)) {
      ids[fill++] = id;
      if (fill == ids.length || ledger.nextPosted(id) < 0) {
        result = queue.rxAvail(buffers, ids, fill);
        fill = 0;
      }
    }
    publish();
    return result;
  }

  /** Gives everything back to the ring pair. */
  void giveBack() {
    abortTransmits();
    int[] held = withdraw();
    rings.close(held, held.length);
    publish();
  }

  private int[] withdraw() {
    int posted = ledger.postedCount();
    int[] held = new int[posted];
    int fill = 0;
    for (int id = ledger.firstPosted(); id >= 0; id = ledger.nextPosted(id)) {
      held[fill++] = id;
    }
    ledger.clear();
    counters.receiveIdsHeld -= posted;
    return held;
  }

  /** Ends what is in flight as lost; while the worker rests and no queue is open. */
  void settle() {
    abortTransmits();
    publish();
  }

  /** Tells the ring pair that a worker serves it. */
  void start(RingWatches watches) {
    buffers = rings.buffers();
    rings.started(watches);
  }

  /** Tells the ring pair that no worker serves it. */
  void rest() {
    rings.halted();
  }

  /** Has the ring pair take back what was posted. */
  void takeBack() {
    int[] held = withdraw();
    rings.takeBack(held, held.length);
    publish();
  }

  private void abortTransmits() {
    int slot = 0;
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

  /** Whether the queue is ready, its wake-ups being armed if not. */
  boolean isQueueReady(Queue queue) {
    return queue.pollReady(buffers);
  }

  /**
   * Arms the ring pair's wake-ups.
   *
   * @param queueReady whether the queue has something or room again
   * @return how long the worker may sleep in nanoseconds; 0 if there is something to do
   */
  long nanosToSleep(long now, boolean queueReady) {
    boolean transmits = !blocked && !holding;
    if (queueReady || rings.pollReady(transmits)) {
      blocked = false;
      return 0;
    }
    if (holding) {
      return Math.max(0, holdUntil - now);
    }
    return transmits ? rings.nanosToNextTransmit(now) : Long.MAX_VALUE;
  }

  private void publish() {
    rings.flush();
    counters.idsOutstanding.set(
        counters.receiveIdsHeld
            - ledger.postedCount()
            + counters.transmitIdsHeld
            - ledger.inFlightCount());
    counters.txInFlight.set(ledger.inFlightCount());
    counters.rxPosted.set(ledger.postedCount());
  }
}
