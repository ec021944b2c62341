package org.patchbay.disconnectable;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Updates on their way to the coordinator. Any thread puts, the coordinator alone takes; an update
 * is taken or stays, whatever ends a wait.
 */
final class Mailbox {

  private final ConcurrentLinkedQueue<Update> updates = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Thread waiting;
  private volatile boolean woken;

  void put(Update update) {
    updates.add(update);
    unpark();
  }

  /** Makes the present or next {@link #take} return null unless an update is there. */
  void wake() {
    woken = true;
    unpark();
  }

  private void unpark() {
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * Takes the next update.
   *
   * @param deadlineNanos latest moment of {@link System#nanoTime()}; ignored if {@code forEver}
   * @return the update, or null at the deadline or after a wake-up
   * @throws InterruptedException when interrupted while there is nothing to take
   */
  @Nullable Update take(long deadlineNanos, boolean forEver) throws InterruptedException {
    Update update = updates.poll();
    if (update != null) {
      return update;
    }
    waiting = Thread.currentThread();
    try {
      while (true) {
        // After waiting was set, so that whoever puts either is seen here or sees it.
        update = updates.poll();
        if (update != null) {
          return update;
        }
        if (woken) {
          woken = false;
          return null;
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (forEver) {
          LockSupport.park(this);
        } else {
          long left = deadlineNanos - System.nanoTime();
          if (left <= 0) {
            return null;
          }
          LockSupport.parkNanos(this, left);
        }
      }
    } finally {
      waiting = null;
    }
  }
}
