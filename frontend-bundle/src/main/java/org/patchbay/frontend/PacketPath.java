package org.patchbay.frontend;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;

/**
 * Moves packets between one queue and the ring pairs that belong to it. Knows nothing of swaps but
 * what it is told: which pairs and which queue to use now, what to collect from the old one, what
 * to post to the new one.
 *
 * <p>Worker only, except what is marked as the coordinator's, which calls it while the worker
 * rests.
 */
final class PacketPath {

  /** Result: the queue used an id that it did not hold; {@link #refusal} tells which. */
  static final int REFUSED = -16;

  static final int BATCH_PACKETS = 64;
  static final int BATCH_SEGMENTS = 1024;

  private final EngineWorker worker;

  // The coordinator's to change.
  private PairPath[] pairs = new PairPath[0];
  private @Nullable BufferAccess buffers;
  private @Nullable Steering steering;

  // Others for each queue, as a call of an older one may still have what was given to it.
  private int[] ids = new int[BATCH_PACKETS];
  private TxBatch batch = new TxBatch(BATCH_PACKETS, BATCH_SEGMENTS);

  private int firstTurn;
  private boolean restored;
  private boolean holding;
  private long holdUntil;
  private boolean refused;
  private int refusedId;
  private int drained;
  private int drainable;
  private long lastPacketAt = System.nanoTime();
  private @Nullable BlackoutMeter blackout;

  PacketPath(EngineWorker worker) {
    this.worker = worker;
  }

  // ---- the coordinator's ----

  /** The pairs that the queue serves. */
  PairPath[] pairs() {
    return pairs;
  }

  /** When a packet passed last, as {@link System#nanoTime()}. */
  long lastPacketAt() {
    return lastPacketAt;
  }

  /**
   * Prepares for a new queue.
   *
   * @param served the pairs that belong to it
   * @param plug what the queue is one of
   * @param idle access for a queue without pairs: refuses everything
   */
  void begin(PairPath[] served, PlugTraits plug, BufferAccess idle, BlackoutMeter meter) {
    abandonOwn();
    for (PairPath pair : served) {
      pair.begin(worker, plug);
    }
    pairs = served;
    steer(idle);
    holding = plug.fallback() && plug.holdUntil() - System.nanoTime() > 0;
    holdUntil = plug.holdUntil();
    blackout = meter;
    refused = false;
    restored = false;
    drained = 0;
    drainable = 0;
    for (PairPath pair : served) {
      drainable += pair.receiveSlots();
    }
  }

  private void steer(BufferAccess idle) {
    if (pairs.length > 1) {
      Steering shared = new Steering(pairs, BATCH_PACKETS);
      steering = shared;
      buffers = shared.buffers();
    } else {
      steering = null;
      buffers = pairs.length == 1 ? pairs[0].buffers() : idle;
    }
  }

  /** Has what was restored to the ledgers posted when the worker goes on. */
  void postRestored() {
    restored = true;
  }

  /** Goes on with the same queue after the rings or the ledgers were changed. */
  void resume() {
    for (PairPath pair : pairs) {
      pair.resume(worker);
    }
    Steering shared = steering;
    if (shared != null) {
      shared.buffers().renew();
    } else if (pairs.length == 1) {
      buffers = pairs[0].buffers();
    }
  }

  /** Takes fresh arrays: an older queue's backend may still be looking at the present ones. */
  void abandonArrays() {
    abandonOwn();
    for (PairPath pair : pairs) {
      pair.transmits().abandonBatch();
    }
  }

  private void abandonOwn() {
    ids = new int[BATCH_PACKETS];
    batch = new TxBatch(BATCH_PACKETS, BATCH_SEGMENTS);
  }

  // ---- the worker's ----

  private BufferAccess buffers() {
    return Objects.requireNonNull(buffers);
  }

  /** Arrays for what the worker does besides passing packets. */
  int[] ids() {
    return ids;
  }

  /** Why an id was refused, for an operator. */
  String refusal() {
    for (PairPath pair : pairs) {
      if (pair.isRefused()) {
        return pair.refusal();
      }
    }
    return "it used id " + refusedId + ", which it did not hold";
  }

  private boolean isRefused() {
    for (PairPath pair : pairs) {
      if (pair.isRefused()) {
        return true;
      }
    }
    return refused;
  }

  private int inFlight() {
    int count = 0;
    for (PairPath pair : pairs) {
      count += pair.transmits().inFlight();
    }
    return count;
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
    int received = queue.rxPoll(buffers(), ids, ids.length);
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
    if (inFlight() > 0) {
      completed = queue.txPoll(buffers(), ids, ids.length);
      if (completed < 0) {
        return completed;
      }
      complete(completed);
    }
    if (isRefused()) {
      return REFUSED;
    }
    int work = posted + received + transmitted + completed;
    if (work > 0) {
      publish();
    }
    return work;
  }

  private int post(Queue queue) {
    Steering shared = steering;
    int work = 0;
    if (restored) {
      restored = false;
      work = postKept(queue);
      if (work < 0) {
        return work;
      }
    }
    for (int i = 0; i < pairs.length; i++) {
      int posted =
          shared == null ? pairs[i].post(queue, buffers(), ids) : shared.post(i, queue, ids);
      if (posted < 0) {
        return posted;
      }
      work += posted;
    }
    return work;
  }

  /** Posts what was kept from the queue while a native call could write to it. */
  private int postKept(Queue queue) {
    Steering shared = steering;
    if (shared != null) {
      shared.refill();
      return 0;
    }
    int result = 0;
    for (PairPath pair : pairs) {
      result = result < 0 ? result : repost(queue, pair.ledger());
    }
    return result;
  }

  private void receive(int count, boolean linkUp) {
    Steering shared = steering;
    if (shared != null) {
      shared.receive(ids, count, linkUp);
    } else if (pairs.length > 0) {
      pairs[0].receive(ids, count, linkUp);
    } else {
      refuseAll(count);
    }
  }

  private int transmitAll(Queue queue, long now, boolean linkUp) {
    if (holding) {
      holding = now - holdUntil < 0;
      if (holding) {
        return 0;
      }
    }
    int work = 0;
    int count = pairs.length;
    // Another pair first at each pass, so that none takes all the room that a slow queue has.
    firstTurn = firstTurn + 1 < count ? firstTurn + 1 : 0;
    int turn = firstTurn;
    for (int i = 0; i < count; i++) {
      PairPath pair = pairs[turn];
      turn = turn + 1 < count ? turn + 1 : 0;
      int result = transmit(pair, queue, linkUp);
      if (result < 0) {
        return result;
      }
      work += result;
    }
    if (work > 0 && linkUp) {
      passed(now);
    }
    return work;
  }

  private int transmit(PairPath pair, Queue queue, boolean linkUp) {
    batch.clear();
    int count = pair.rings().peekTransmits(batch);
    if (count == 0) {
      return 0;
    }
    return linkUp
        ? pair.transmits().transmit(queue, buffers(), batch, ids)
        : pair.transmits().drop(batch, count, ids);
  }

  private void complete(int count) {
    Steering shared = steering;
    if (shared != null) {
      shared.complete(ids, count);
    } else if (pairs.length > 0) {
      pairs[0].transmits().complete(ids, count);
    } else {
      refuseAll(count);
    }
  }

  /** Ids of a queue that has none. */
  private void refuseAll(int count) {
    if (count > 0) {
      refused = true;
      refusedId = ids[0];
    }
  }

  private void passed(long now) {
    lastPacketAt = now;
    BlackoutMeter meter = blackout;
    if (meter != null) {
      blackout = null;
      meter.passed();
    }
  }

  /**
   * Collects from a queue that gets nothing more, a portion at a time.
   *
   * @param deadline until when transmits in flight are waited for
   * @return whether there may be more to collect; false too if the queue failed
   */
  boolean drain(Queue queue, long now, long deadline, boolean linkUp) {
    int received = queue.rxPoll(buffers(), ids, ids.length);
    if (received == Queue.GONE) {
      return false;
    }
    if (received > 0) {
      // A queue can deliver no more than it holds; one that claims to is not asked again.
      drained += received;
      receive(received, linkUp);
      publish();
      if (!isRefused() && drained <= drainable) {
        return true;
      }
    }
    if (isRefused() || inFlight() == 0) {
      return false;
    }
    int completed = queue.txPoll(buffers(), ids, ids.length);
    if (completed > 0) {
      complete(completed);
      publish();
    }
    return completed >= 0 && !isRefused() && inFlight() > 0 && now - deadline < 0;
  }

  /**
   * Ends as lost what the old queue had in flight, and gives the buffers that it held to the new
   * one, in the order in which the guest had posted them.
   *
   * @return 0 or a failure code of {@link Queue}
   */
  int repost(Queue queue) {
    for (PairPath pair : pairs) {
      pair.transmits().abort(ids);
    }
    Steering shared = steering;
    int result = 0;
    if (shared != null) {
      result = shared.repost(queue, ids);
    } else if (pairs.length > 0) {
      result = repost(queue, pairs[0].ledger());
    }
    if (result >= 0) {
      publish();
    }
    return result;
  }

  private int repost(Queue queue, IdLedger ledger) {
    int result = 0;
    int fill = 0;
    for (int id = ledger.firstHeld(); id >= 0 && result >= 0; id = ledger.nextHeld(id)) {
      if (ledger.isKept(id)) {
        ledger.release(id);
        ids[fill++] = id;
      }
      if (fill == ids.length || fill > 0 && ledger.nextHeld(id) < 0) {
        result = queue.rxAvail(buffers(), ids, fill);
        fill = 0;
      }
    }
    return result;
  }

  /** Whether the queue is ready, its wake-ups being armed if not. */
  boolean isQueueReady(Queue queue) {
    return queue.pollReady(buffers());
  }

  /**
   * Arms the ring pairs' wake-ups.
   *
   * @param queueReady whether the queue has something or room again
   * @return how long the worker may sleep in nanoseconds; 0 if there is something to do
   */
  long nanosToSleep(long now, boolean queueReady) {
    boolean ready = queueReady;
    for (int i = 0; i < pairs.length && !ready; i++) {
      ready = pairs[i].pollReady(holding);
    }
    if (ready) {
      for (PairPath pair : pairs) {
        pair.transmits().unblock();
      }
      return 0;
    }
    if (holding) {
      return Math.max(0, holdUntil - now);
    }
    long nanos = Long.MAX_VALUE;
    for (PairPath pair : pairs) {
      nanos = Math.min(nanos, pair.nanosToNextTransmit(now));
    }
    return nanos;
  }

  private void publish() {
    for (PairPath pair : pairs) {
      pair.publish();
    }
  }
}
