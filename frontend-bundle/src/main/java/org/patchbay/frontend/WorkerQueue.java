package org.patchbay.frontend;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;

/**
 * A queue as its worker drives it. A thread that was given up in one of its calls is answered
 * {@link #GONE} when that call returns, whatever the call answered: so it leaves rings and ledgers
 * alone, which are another thread's by then.
 */
final class WorkerQueue extends DelegatingQueue {

  private final EngineWorker worker;

  WorkerQueue(Queue queue, EngineWorker worker) {
    super(queue);
    this.worker = worker;
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    boolean ready = delegate().pollReady(buffers);
    return worker.isHere() && ready;
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    int result = delegate().rxAvail(buffers, ids, count);
    return worker.isHere() ? result : GONE;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    int result = delegate().rxPoll(buffers, ids, space);
    return worker.isHere() ? result : GONE;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    int result = delegate().txAvail(buffers, batch);
    return worker.isHere() ? result : GONE;
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    int result = delegate().txPoll(buffers, ids, space);
    return worker.isHere() ? result : GONE;
  }
}
