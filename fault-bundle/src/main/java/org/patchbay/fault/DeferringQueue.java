package org.patchbay.fault;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * Answers packets as pending which the queue behind completes at once, so that txPoll is called and
 * has something to tell. Worker only, as every queue.
 */
final class DeferringQueue extends DelegatingQueue {

  private final IntFifo completed = new IntFifo();

  DeferringQueue(Queue delegate) {
    super(delegate);
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    return super.pollReady(buffers) || !completed.isEmpty();
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    int result = super.txAvail(buffers, batch);
    if (TxResult.isFailure(result) || !TxResult.isComplete(result)) {
      return result;
    }
    int accepted = TxResult.accepted(result);
    if (accepted == 0) {
      return result;
    }
    for (int packet = 0; packet < accepted; packet++) {
      completed.add(batch.id(packet));
    }
    return TxResult.pending(accepted);
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    int count = completed.take(ids, 0, space);
    return count > 0 ? count : super.txPoll(buffers, ids, space);
  }

  @Override
  public void close() {
    super.close();
    completed.clear();
  }
}
