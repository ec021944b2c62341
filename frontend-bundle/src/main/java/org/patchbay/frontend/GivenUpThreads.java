package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The threads of a worker that were given up and have not ended yet. Any thread. */
final class GivenUpThreads {

  /**
   * What is known of one.
   *
   * @param call the queue's call that it is stuck in, if it is in one
   * @param memory what the backend of that call was lent; it may have addresses in it
   * @param inRings whether it may be anywhere, in rings and their eventfds, too; a thread that is
   *     in a queue's call leaves both alone when it returns
   */
  record Sight(Optional<StuckCall> call, @Nullable LentMemory memory, boolean inRings) {}

  private static final Sight ANYWHERE = new Sight(Optional.empty(), null, true);

  private record Waiting(Predicate<Sight> matters, Set<Thread> threads, Runnable action) {}

  // Both guarded by this; actions run without it.
  private final Map<Thread, Sight> present = new LinkedHashMap<>();
  private final List<Waiting> waiting = new ArrayList<>();

  /** Adds a thread that may be anywhere. It has not been told to end yet. */
  synchronized void add(Thread thread) {
    present.put(thread, ANYWHERE);
  }

  /** Notes where a thread is that was added, if it has not ended. */
  void found(Thread thread, Sight sight) {
    List<Runnable> due;
    synchronized (this) {
      if (!present.containsKey(thread)) {
        return;
      }
      present.put(thread, sight);
      for (Waiting each : waiting) {
        if (!each.matters.test(sight)) {
          each.threads.remove(thread);
        }
      }
      due = takeDue();
    }
    due.forEach(Safely::run);
  }

  /** What the threads that have not ended are stuck in, oldest first. */
  synchronized List<StuckCall> calls() {
    return present.values().stream().map(Sight::call).flatMap(Optional::stream).toList();
  }

  /**
   * Runs an action when those of the threads that are present now have gone which matter to it.
   *
   * @param matters whether one does; asked with a lock held
   */
  void whenGone(Predicate<Sight> matters, Runnable action) {
    synchronized (this) {
      Set<Thread> threads = new HashSet<>();
      present.forEach(
          (thread, sight) -> {
            if (matters.test(sight)) {
              threads.add(thread);
            }
          });
      if (!threads.isEmpty()) {
        waiting.add(new Waiting(matters, threads, action));
        return;
      }
    }
    action.run();
  }

  /** A thread has done its last; on that thread, which runs what waited for it alone. */
  void remove(Thread thread) {
    List<Runnable> due;
    synchronized (this) {
      present.remove(thread);
      for (Waiting each : waiting) {
        each.threads.remove(thread);
      }
      due = takeDue();
    }
    due.forEach(Safely::run);
  }

  private List<Runnable> takeDue() {
    List<Runnable> due = new ArrayList<>();
    waiting.removeIf(each -> each.threads.isEmpty() && due.add(each.action));
    return due;
  }
}
