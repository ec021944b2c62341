package org.patchbay.frontend;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.TxBatch;

/**
 * Blocks in its first transmit, or where buffers are posted to it; once closed it answers as a
 * facade does, that it is gone.
 */
final class StuckQueue extends ScriptedQueue {

  final CountDownLatch released = new CountDownLatch(1);
  volatile boolean entered;
  volatile @Nullable Thread thread;

  /** Whether it is posting that blocks. */
  volatile boolean inPosting;

  StuckQueue() {
    super(Transmit.REFLECT);
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    return inPosting ? block() : super.rxAvail(buffers, ids, count);
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    return closed ? GONE : super.rxPoll(buffers, ids, space);
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    return block();
  }

  private int block() {
    thread = Thread.currentThread();
    entered = true;
    boolean interrupted = false;
    while (released.getCount() > 0) {
      try {
        released.await();
      } catch (InterruptedException e) {
        interrupted = true; // as a backend that ignores interrupts
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return GONE;
  }
}
