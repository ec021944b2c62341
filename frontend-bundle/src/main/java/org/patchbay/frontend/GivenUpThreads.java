package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The threads of a worker that were given up and have not ended yet. Any thread. */
final class GivenUpThreads {

  private record Waiting(Set<Thread> threads, Runnable action) {}

  // Both guarded by this; actions run without it.
  private final Map<Thread, Optional<StuckCall>> present = new LinkedHashMap<>();
  private final List<Waiting> waiting = new ArrayList<>();

  /**
   * @param call what the thread is stuck in, if that is known
   */
  synchronized void add(Thread thread, @Nullable StuckCall call) {
    present.put(thread, Optional.ofNullable(call));
  }

  /** What the threads that have not ended are stuck in, oldest first. */
  synchronized List<StuckCall> calls() {
    return present.values().stream().flatMap(Optional::stream).toList();
  }

  /** Runs an action when the threads that are present now have gone. */
  void whenGone(Runnable action) {
    synchronized (this) {
      if (!present.isEmpty()) {
        waiting.add(new Waiting(new HashSet<>(present.keySet()), action));
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
