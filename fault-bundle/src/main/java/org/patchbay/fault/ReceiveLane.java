package org.patchbay.fault;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.RxSegments;

/**
 * Filled buffers on their way through the middleware to the NIC. The buffer of a dropped frame is
 * posted to the queue behind again. One thread at a time, the worker.
 */
final class ReceiveLane {

  // Where a bit is turned over: behind the addresses, and within the shortest frame there is.
  private static final int FIRST_BYTE = 12;
  private static final int BYTES = 48;
  private static final int BATCH = 64;

  private final Queue behind;
  private final Disturbance disturbance;
  private final Lane lane;
  private final int[] polled = new int[BATCH];
  private final RxSegments segments = new RxSegments(256);
  private final byte[] flipped = new byte[1];
  private final MemorySegment flippedMemory = MemorySegment.ofArray(flipped);
  private long dropped;
  private long corrupted;

  ReceiveLane(Queue behind, Disturbance disturbance, SplittableRandom random) {
    this.behind = behind;
    this.disturbance = disturbance;
    lane = new Lane(disturbance, random);
  }

  /** How many frames were dropped. */
  long dropped() {
    return dropped;
  }

  /** How many were corrupted. */
  long corrupted() {
    return corrupted;
  }

  /** Collects from the queue behind and gives what is due; answers as rxPoll. */
  int collect(BufferAccess buffers, int[] ids, int space, long now) {
    int count = behind.rxPoll(buffers, polled, polled.length);
    if (count < 0) {
      return count;
    }
    int again = 0;
    for (int i = 0; i < count; i++) {
      int id = polled[i];
      if (lane.decide(disturbance.drop())) {
        dropped++;
        polled[again++] = id;
      } else {
        if (lane.decide(disturbance.corrupt())) {
          corrupt(buffers, id);
        }
        lane.add(id, now);
      }
    }
    if (again > 0) {
      int code = behind.rxAvail(buffers, polled, again);
      if (code < 0) {
        return code;
      }
    }
    lane.settle(now);
    int given = 0;
    while (given < space && lane.waiting().isDue(now)) {
      ids[given++] = lane.waiting().take();
    }
    return given;
  }

  /** Turns over a bit of a frame. */
  private void corrupt(BufferAccess buffers, int id) {
    segments.clear();
    if (buffers.pushGuestAddresses(id, segments) <= 0) {
      return;
    }
    int at = FIRST_BYTE + lane.number(BYTES);
    if (at >= segments.length(0)) {
      return; // a buffer of very small segments
    }
    long address = segments.address(0) + at;
    if (buffers.guestMemory().read(address, flippedMemory, 0, 1)) {
      flipped[0] ^= (byte) (1 << lane.number(8));
      corrupted += buffers.guestMemory().write(address, flippedMemory, 0, 1) ? 1 : 0;
    }
  }

  /** When a frame is due; {@link Long#MAX_VALUE} if none is. */
  long nanosToNext(long now) {
    return lane.nanosToNext(now);
  }

  /** Forgets everything, as it is the frontend's again. */
  void clear() {
    lane.clear();
  }
}
