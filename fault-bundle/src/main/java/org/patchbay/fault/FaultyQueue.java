package org.patchbay.fault;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;

/** A queue that does what the one behind it does, except where its fault is due. */
final class FaultyQueue extends DelegatingQueue {

  private final FaultSwitch faults;
  private final QueueFault fault;

  /**
   * @param fault this queue's own
   */
  FaultyQueue(Queue delegate, FaultSwitch faults, QueueFault fault) {
    super(delegate);
    this.faults = faults;
    this.fault = fault;
  }

  /** Enters a call that lends buffers; whether its fault is due. */
  private boolean enter(Call call, BufferAccess buffers) {
    if (!faults.enter(call)) {
      return false;
    }
    fault.before(buffers);
    return true;
  }

  @Override
  public void updateTargetVp(int targetVp) {
    boolean unused = faults.enter(Call.UPDATE_TARGET_VP);
    super.updateTargetVp(targetVp);
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    boolean unused = enter(Call.POLL_READY, buffers);
    return super.pollReady(buffers);
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    fault.posted(buffers, ids, count);
    boolean due = enter(Call.RX_AVAIL, buffers);
    int result = super.rxAvail(buffers, ids, count);
    return due ? fault.rxAvail(result) : result;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    boolean due = enter(Call.RX_POLL, buffers);
    int result = super.rxPoll(buffers, ids, space);
    if (due && result >= 0) {
      result = fault.rxPoll(buffers, ids, space, result);
    }
    fault.returned(ids, Math.min(result, space));
    return result;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    boolean due = enter(Call.TX_AVAIL, buffers);
    int result = super.txAvail(buffers, batch);
    return due ? fault.txAvail(buffers, batch, result) : result;
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    boolean due = enter(Call.TX_POLL, buffers);
    int result = super.txPoll(buffers, ids, space);
    return due && result >= 0 ? fault.txPoll(ids, space, result) : result;
  }

  @Override
  public QueueStatistics statistics() {
    boolean unused = faults.enter(Call.STATISTICS);
    return super.statistics();
  }

  @Override
  public @Nullable Throwable failure() {
    boolean unused = faults.enter(Call.FAILURE);
    return super.failure();
  }

  @Override
  public void close() {
    boolean due;
    try {
      due = faults.enter(Call.CLOSE);
    } finally {
      // A close that throws has closed all the same, or the stop would fail, too.
      super.close();
    }
    if (due) {
      fault.closed();
    }
  }
}
