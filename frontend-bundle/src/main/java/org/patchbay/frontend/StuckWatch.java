package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds workers that do not come back from a queue's call, and tells the NIC whose queue it is. One
 * thread for all workers, there while there are any.
 *
 * <p>It counts looks, not time: a process that was stopped for a while has stuck nowhere.
 */
final class StuckWatch {

  private static final long PERIOD_MILLIS = 125;
  private static final long END_MILLIS = 1000;

  /** How many looks in a row find a worker in the same call before it counts as stuck: 1 s. */
  private static final int LOOKS = 8;

  /** What the last look at a worker found. */
  private static final class Sight {
    long entry = -1;
    int looks;
  }

  // Guarded by this.
  private final List<EngineWorker> workers = new ArrayList<>();
  private @Nullable Thread thread;

  /** Watches a worker until it is removed. Any thread. */
  synchronized void add(EngineWorker worker) {
    workers.add(worker);
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name("patchbay-stuck-watch").start(this::run);
    }
  }

  /** Any thread; with the last worker the watching thread ends. */
  void remove(EngineWorker worker) {
    Thread ending = null;
    synchronized (this) {
      workers.remove(worker);
      if (workers.isEmpty()) {
        ending = thread;
        thread = null;
      }
    }
    if (ending != null) {
      ending.interrupt();
      try {
        ending.join(END_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // it ends all the same
      }
    }
  }

  /** The workers, for the thread that watches them; null if it is to end. */
  private synchronized @Nullable List<EngineWorker> watched() {
    return thread == Thread.currentThread() ? List.copyOf(workers) : null;
  }

  private void run() {
    Map<EngineWorker, Sight> sights = new WeakHashMap<>();
    List<EngineWorker> present = watched();
    while (present != null) {
      for (EngineWorker worker : present) {
        Safely.run(() -> look(worker, sights.computeIfAbsent(worker, any -> new Sight())));
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
      } catch (InterruptedException e) {
        // The last worker has gone, which is looked at next.
      }
      present = watched();
    }
  }

  private static void look(EngineWorker worker, Sight sight) {
    long entry = worker.entry();
    if (entry < 0 || entry != sight.entry) {
      sight.entry = entry;
      sight.looks = 0;
    } else if (++sight.looks == LOOKS) {
      worker.overdue(entry);
    }
  }
}
