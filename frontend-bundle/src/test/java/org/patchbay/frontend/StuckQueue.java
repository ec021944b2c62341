package org.patchbay.frontend;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.TxBatch;

/** Blocks in its first transmit; once closed it answers as a facade does, that it is gone. */
final class StuckQueue extends ScriptedQueue {

  final CountDownLatch released = new CountDownLatch(1);
  volatile boolean entered;
  volatile @Nullable Thread thread;

  StuckQueue() {
    super(Transmit.REFLECT);
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    return closed ? GONE : super.rxPoll(buffers, ids, space);
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
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
