package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Memory of a NIC that was lent to generations which are over, and that a native call of theirs
 * still uses. A thread of its own, which is there while there is such memory, tries again and again
 * to revoke it.
 *
 * <p>Any thread.
 */
final class HeldMemory {

  /** A call that returned goes on with what it has until its memory is revoked: so, soon. */
  private static final long SOON_MILLIS = 10;

  private static final long LATER_MILLIS = 100;
  private static final int SOON_TRIES = 500;

  private final String nic;
  private final Consumer<LentMemory> onReleased;

  private record Waiting(Set<LentMemory> memory, Runnable action) {}

  // All guarded by this; nothing is called with it held.
  private final List<LentMemory> held = new ArrayList<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private @Nullable Thread thread;

  /**
   * @param onReleased told of memory that could be revoked in the end, on a thread of this
   */
  HeldMemory(String nic, Consumer<LentMemory> onReleased) {
    this.nic = nic;
    this.onReleased = onReleased;
  }

  /** Takes memory that could not be revoked. */
  synchronized void add(LentMemory memory) {
    held.add(memory);
    if (thread == null) {
      thread =
          Thread.ofPlatform().daemon().name("patchbay-" + nic + "-held-memory").start(this::run);
    }
  }

  synchronized boolean isEmpty() {
    return held.isEmpty();
  }

  /** The memory that is held now. */
  synchronized List<LentMemory> all() {
    return List.copyOf(held);
  }

  /** Runs an action once nothing of what is held now, and matters, is held any more. */
  void whenReleased(Predicate<LentMemory> matters, Runnable action) {
    synchronized (this) {
      Set<LentMemory> memory = held.stream().filter(matters).collect(Collectors.toSet());
      if (!memory.isEmpty()) {
        waiting.add(new Waiting(memory, action));
        return;
      }
    }
    action.run();
  }

  private void run() {
    int tries = 0;
    while (true) {
      pause(tries++ < SOON_TRIES ? SOON_MILLIS : LATER_MILLIS);
      List<LentMemory> released = new ArrayList<>();
      for (LentMemory memory : all()) {
        Safely.run(
            () -> {
              if (memory.revoke()) {
                released.add(memory);
              }
            });
      }
      if (!released.isEmpty()) {
        tries = 0;
        List<Runnable> due = remove(released);
        released.forEach(memory -> Safely.run(() -> onReleased.accept(memory)));
        due.forEach(Safely::run);
        if (endsHere()) {
          return;
        }
      }
    }
  }

  /** Answers the actions that nothing keeps waiting any more. */
  private synchronized List<Runnable> remove(List<LentMemory> released) {
    held.removeAll(released);
    List<Runnable> due = new ArrayList<>();
    for (Waiting each : waiting) {
      released.forEach(each.memory::remove);
    }
    waiting.removeIf(each -> each.memory.isEmpty() && due.add(each.action));
    return due;
  }

  private synchronized boolean endsHere() {
    if (held.isEmpty()) {
      thread = null;
      return true;
    }
    return false;
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; it only tries sooner.
    }
  }
}
