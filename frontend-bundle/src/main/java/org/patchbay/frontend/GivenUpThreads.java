package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The threads of a worker that were given up and have not ended yet. Any thread. */
final class GivenUpThreads {

  private record Waiting(Set<Thread> threads, Runnable action) {}

  // Both guarded by this; actions run without it.
  private final Set<Thread> present = new HashSet<>();
  private final List<Waiting> waiting = new ArrayList<>();

  synchronized void add(Thread thread) {
    present.add(thread);
  }

  /** Runs an action when the threads that are present now have gone. */
  void whenGone(Runnable action) {
    synchronized (this) {
      if (!present.isEmpty()) {
        waiting.add(new Waiting(new HashSet<>(present), action));
        return;
      }
    }
    action.run();
  }

  /** A thread has done its last; on that thread, which runs what waited for it alone. */
  void remove(Thread thread) {
    List<Runnable> due = new ArrayList<>();
    synchronized (this) {
      present.remove(thread);
      for (Waiting each : waiting) {
        each.threads.remove(thread);
      }
      waiting.removeIf(each -> each.threads.isEmpty() && due.add(each.action));
    }
    due.forEach(Runnable::run);
  }
}
