package org.patchbay.fault;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.InspectNode;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;

/**
 * The middleware's queue: what it does to frames is what it was told, and all else is as the
 * contract says. A direction that is not touched goes straight through.
 */
final class DisturbedQueue extends DelegatingQueue {

  private final @Nullable SendLane sent;
  private final @Nullable ReceiveLane received;
  private final WakeTimer.Alarm alarm;

  /** The last {@link #pollReady} said no, so that becoming ready has to wake the worker. */
  private boolean armed;

  private boolean closed;

  /**
   * @param disturbance what to do
   * @param random this queue's own
   * @param alarm wakes this queue's worker
   */
  DisturbedQueue(
      Queue delegate, Disturbance disturbance, SplittableRandom random, WakeTimer.Alarm alarm) {
    super(delegate);
    this.alarm = alarm;
    sent = disturbance.touchesSent() ? new SendLane(delegate, disturbance, random.split()) : null;
    received =
        disturbance.touchesReceived()
            ? new ReceiveLane(delegate, disturbance, random.split())
            : null;
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    armed = !arm(super.pollReady(buffers), System.nanoTime());
    return !armed;
  }

  /**
   * Looks whether there is something to do, and if not, has the worker woken when there will be.
   *
   * @param behindIsReady whether the queue behind says so of itself
   * @return whether there is
   */
  private boolean arm(boolean behindIsReady, long now) {
    boolean ready = behindIsReady;
    long next = Long.MAX_VALUE;
    if (sent != null) {
      ready |= sent.isReady(behindIsReady, now);
      next = sent.nanosToNext(now);
    }
    if (received != null) {
      next = Math.min(next, received.nanosToNext(now));
    }
    if (ready || next == 0) {
      return true;
    }
    if (next != Long.MAX_VALUE) {
      alarm.set(now + next);
    }
    return false;
  }

  /** A call may have changed what the last pollReady said. */
  private void rearm(long now) {
    if (armed && arm(false, now)) {
      armed = false;
      alarm.ring();
    }
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    long now = System.nanoTime();
    int code = sent == null ? 0 : sent.push(buffers, now);
    if (code < 0) {
      return code;
    }
    int count =
        received == null
            ? super.rxPoll(buffers, ids, space)
            : received.collect(buffers, ids, space, now);
    rearm(now);
    return count;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    if (sent == null) {
      return super.txAvail(buffers, batch);
    }
    long now = System.nanoTime();
    int result = sent.accept(buffers, batch, now);
    rearm(now);
    return result;
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    return sent == null
        ? super.txPoll(buffers, ids, space)
        : sent.collect(buffers, ids, space, System.nanoTime());
  }

  @Override
  public void close() {
    super.close();
    if (closed) {
      return;
    }
    closed = true;
    alarm.end();
    if (sent != null) {
      sent.clear();
    }
    if (received != null) {
      received.clear();
    }
  }

  /** Describes what was done to frames. Any thread; the numbers may be a little old. */
  void inspect(InspectNode node) {
    if (sent != null) {
      node.value("sent-dropped", sent.dropped());
      node.value("sent-duplicated", sent.duplicated());
    }
    if (received != null) {
      node.value("received-dropped", received.dropped());
      node.value("received-corrupted", received.corrupted());
    }
  }
}
