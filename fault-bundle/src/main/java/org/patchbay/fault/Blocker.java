package org.patchbay.fault;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Holds up whoever calls it, whatever interrupts they get, until its time is over, its file is
 * there, or its configuration ends. Any thread.
 */
final class Blocker implements Deed {

  private static final long LOOK_NANOS = 5_000_000;

  private final long limitNanos;
  private final @Nullable Path release;
  private volatile boolean released;

  /**
   * @param limitNanos how long to block; 0 for ever
   * @param release a file whose appearance ends it, or null
   */
  Blocker(long limitNanos, @Nullable Path release) {
    this.limitNanos = limitNanos;
    this.release = release;
  }

  /** Ends all blocking, now and from now on. */
  void release() {
    released = true;
  }

  @Override
  public void commit() {
    long began = System.nanoTime();
    boolean interrupted = false;
    while (!released
        && (limitNanos == 0 || System.nanoTime() - began < limitNanos)
        && (release == null || !Files.exists(release))) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      // Taken, or the next park would not wait.
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
