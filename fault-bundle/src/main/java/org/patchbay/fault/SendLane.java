package org.patchbay.fault;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * Packets that the NIC sends, on their way through the middleware. Every packet is accepted as
 * pending; what goes on to the queue behind are copies with ids of their own, as one packet may go
 * twice, and the packet completes when its last copy has, or at once if it is dropped.
 *
 * <pre>
 *   offered --accept--> waiting --push--> in flight behind --collect--> completed --> frontend
 *              +------------------------- dropped --------------------------^
 * </pre>
 *
 * One thread at a time, the worker.
 */
final class SendLane {

  /** Most packets that are held, waiting or in flight. */
  static final int MOST = 1024;

  private static final int BATCH = 64;
  private static final int SEGMENTS = 1024;

  private final Queue behind;
  private final Disturbance disturbance;
  private final Lane lane;
  private final TxBatch batch = new TxBatch(BATCH, SEGMENTS);
  private final int[] polled = new int[BATCH];
  private final IntFifo completed = new IntFifo();

  // By the copy's id: the packet that it is one of, null if the id is free.
  private final @Nullable HeldPacket[] copies = new HeldPacket[2 * MOST];
  private final int[] freeIds = new int[2 * MOST];
  private int freeIdCount;
  private final HeldPacket[] freePackets = new HeldPacket[MOST];
  private int freePacketCount;
  private int inFlight;
  private boolean blocked;
  private boolean refused;
  private long dropped;
  private long duplicated;

  SendLane(Queue behind, Disturbance disturbance, SplittableRandom random) {
    this.behind = behind;
    this.disturbance = disturbance;
    lane = new Lane(disturbance, random);
    for (int i = 0; i < MOST; i++) {
      freePackets[freePacketCount++] = new HeldPacket();
    }
    freeAllIds();
  }

  private void freeAllIds() {
    freeIdCount = 0;
    for (int id = 2 * MOST - 1; id >= 0; id--) {
      freeIds[freeIdCount++] = id;
    }
  }

  /** How many packets were dropped. */
  long dropped() {
    return dropped;
  }

  /** How many went twice. */
  long duplicated() {
    return duplicated;
  }

  /** Takes packets in and passes on what is due; answers as txAvail. */
  int accept(BufferAccess buffers, TxBatch offered, long now) {
    int count = Math.min(offered.packetCount(), freePacketCount);
    refused = count < offered.packetCount();
    for (int packet = 0; packet < count; packet++) {
      if (lane.decide(disturbance.drop())) {
        dropped++;
        completed.add(offered.id(packet));
        continue;
      }
      boolean twice = lane.decide(disturbance.duplicate());
      duplicated += twice ? 1 : 0;
      HeldPacket held = freePackets[--freePacketCount];
      held.fill(offered, packet, twice ? 2 : 1);
      for (int copy = 0; copy < (twice ? 2 : 1); copy++) {
        int id = freeIds[--freeIdCount];
        copies[id] = held;
        lane.add(id, now);
      }
    }
    int code = push(buffers, now);
    return code < 0 ? code : count == 0 ? TxResult.complete(0) : TxResult.pending(count);
  }

  /**
   * Passes on what is due, as far as the queue behind has room.
   *
   * @return 0 or a failure code
   */
  int push(BufferAccess buffers, long now) {
    lane.settle(now);
    DueFifo waiting = lane.waiting();
    while (waiting.isDue(now)) {
      batch.clear();
      int count = 0;
      while (waiting.isDue(count, now) && add(waiting.peek(count))) {
        count++;
      }
      int result = behind.txAvail(buffers, batch);
      if (TxResult.isFailure(result)) {
        return result;
      }
      int accepted = TxResult.accepted(result);
      for (int i = 0; i < accepted; i++) {
        int copy = waiting.take();
        if (TxResult.isComplete(result)) {
          end(copy);
        } else {
          inFlight++;
        }
      }
      blocked = accepted < count;
      if (blocked) {
        return 0;
      }
    }
    return 0;
  }

  private boolean add(int copy) {
    HeldPacket held = copies[copy];
    return held != null && held.addTo(batch, copy);
  }

  private void end(int copy) {
    HeldPacket held = copy >= 0 && copy < copies.length ? copies[copy] : null;
    if (held == null) {
      // The queue behind gave back what it was not given: the frontend shall see that.
      completed.add(copy);
      return;
    }
    copies[copy] = null;
    freeIds[freeIdCount++] = copy;
    if (held.endsWithThisCopy()) {
      completed.add(held.id());
      freePackets[freePacketCount++] = held;
    }
  }

  /** Passes on what is due and collects what has completed; answers as txPoll. */
  int collect(BufferAccess buffers, int[] ids, int space, long now) {
    int code = push(buffers, now);
    while (code >= 0 && inFlight > 0) {
      int count = behind.txPoll(buffers, polled, polled.length);
      if (count < 0) {
        code = count;
      }
      for (int i = 0; i < count; i++) {
        inFlight--;
        end(polled[i]);
      }
      if (count < polled.length) {
        break;
      }
    }
    return code < 0 ? code : completed.take(ids, 0, space);
  }

  /**
   * Whether there is something to do now.
   *
   * @param behindIsReady whether the queue behind says so of itself
   */
  boolean isReady(boolean behindIsReady, long now) {
    blocked &= !behindIsReady;
    return !completed.isEmpty()
        || refused && freePacketCount > 0
        || !blocked && lane.nanosToNext(now) == 0;
  }

  /** When a packet is due; {@link Long#MAX_VALUE} if none is, or there is no room for it. */
  long nanosToNext(long now) {
    return blocked ? Long.MAX_VALUE : lane.nanosToNext(now);
  }

  /** Forgets everything, as it is the frontend's again; the queue behind was closed. */
  void clear() {
    for (int id = 0; id < copies.length; id++) {
      HeldPacket held = copies[id];
      if (held != null && held.endsWithThisCopy()) {
        freePackets[freePacketCount++] = held;
      }
    }
    Arrays.fill(copies, null);
    freeAllIds();
    lane.clear();
    completed.clear();
    inFlight = 0;
    refused = false;
    blocked = false;
  }
}
