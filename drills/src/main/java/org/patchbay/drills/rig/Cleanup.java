package org.patchbay.drills.rig;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a drill made and has to undo, in reverse order. It happens at {@link #close}, or in a
 * shutdown hook when the JVM is told to end before. Any thread.
 */
public final class Cleanup implements AutoCloseable {

  /** Undoes one thing; must be bounded in time. */
  @FunctionalInterface
  public interface Action {
    /** Undoes it. */
    void run() throws Exception;
  }

  private record Entry(String what, Action action) {}

  // Guarded by this.
  private final Deque<Entry> entries = new ArrayDeque<>();
  // Guarded by this.
  private boolean closed;

  private final Thread hook = new Thread(this::undoAll, "drill-cleanup");

  private Cleanup() {}

  /** An empty one, that also runs when the JVM is told to end. */
  public static Cleanup open() {
    Cleanup cleanup = new Cleanup();
    Runtime.getRuntime().addShutdownHook(cleanup.hook);
    return cleanup;
  }

  /**
   * Registers how to undo what was just made. If the cleanup has run already, it is undone at once.
   *
   * @param what names the thing in a sentence about a failure
   * @throws RigException if the cleanup has run already
   */
  public void add(String what, Action action) throws RigException {
    Entry entry = new Entry(what, action);
    synchronized (this) {
      if (!closed) {
        entries.push(entry);
        return;
      }
    }
    @Nullable String failure = undo(entry);
    throw new RigException(
        "The drill is over, so "
            + what
            + " is not kept"
            + (failure == null ? "." : ": " + failure));
  }

  /**
   * Undoes everything, the last first; a second call does nothing.
   *
   * @throws RigException if something could not be undone; everything else was
   */
  @Override
  public void close() throws RigException {
    List<String> failures = undoAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook runs now, or has run.
    }
    if (!failures.isEmpty()) {
      throw new RigException("Not everything could be undone: " + String.join("; ", failures));
    }
  }

  private List<String> undoAll() {
    List<String> failures = new ArrayList<>();
    for (Entry entry = next(); entry != null; entry = next()) {
      String failure = undo(entry);
      if (failure != null) {
        failures.add(failure);
      }
    }
    return failures;
  }

  private synchronized @Nullable Entry next() {
    closed = true;
    return entries.poll();
  }

  private static @Nullable String undo(Entry entry) {
    try {
      entry.action.run();
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return entry.what + ": interrupted";
    } catch (Exception e) { // The rest must still be undone.
      return entry.what + ": " + e.getMessage();
    }
  }
}
