package org.patchbay.fault;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;

/**
 * Fails as the contract allows, after some packets were accepted, so that somebody asks for the
 * failure. Worker only, as every queue.
 */
final class FailingQueue extends DelegatingQueue {

  private static final int GOOD_CALLS = 50;

  private int calls;

  FailingQueue(Queue delegate) {
    super(delegate);
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    return calls++ < GOOD_CALLS ? super.txAvail(buffers, batch) : FATAL;
  }
}
