package org.patchbay.fault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The threads of one configuration. They end, or are interrupted and awaited for a while, when it
 * ends. Any thread.
 */
final class Helpers {

  private static final long JOIN_MILLIS = 500;

  private final String endpoint;
  // All guarded by this.
  private final List<Thread> threads = new ArrayList<>();
  private final Set<String> begun = new HashSet<>();
  private boolean closed;

  /**
   * @param endpoint name of the endpoint, for the threads' names
   */
  Helpers(String endpoint) {
    this.endpoint = endpoint;
  }

  /**
   * Starts a thread.
   *
   * @return false after {@link #close}
   */
  synchronized boolean start(String what, Runnable work) {
    if (closed) {
      return false;
    }
    threads.removeIf(thread -> !thread.isAlive());
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name("fault-" + endpoint + " " + what)
            .start(work));
    return true;
  }

  /** Starts a thread, unless there was one of that name already. */
  synchronized void once(String what, Runnable work) {
    if (!closed && begun.add(what)) {
      boolean unused = start(what, work);
    }
  }

  /** Interrupts all threads and waits for them, half a second at most. */
  void close() {
    List<Thread> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(threads);
    }
    left.forEach(Thread::interrupt);
    long deadline = System.nanoTime() + JOIN_MILLIS * 1_000_000;
    try {
      for (Thread thread : left) {
        thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
