package org.patchbay.disconnectable;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one control call at a time that runs inside a plugged endpoint.
 *
 * <p>It knows its thread, so that a backend which unregisters itself in mid-call is recognized, and
 * its age, so that a call which blocks is interrupted.
 */
final class VendorCall {

  /** How long a control call may take before its thread is interrupted. */
  static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long NAP_NANOS = 50_000;

  // All guarded by this; nothing is called out while it is held.
  private @Nullable Thread inside;
  private String name = "";
  private long begun;
  private boolean interrupted;

  /**
   * Begins a call as soon as no other runs.
   *
   * @return false if another still runs at the deadline
   */
  boolean begin(String call, long deadlineNanos) {
    while (!tryBegin(call)) {
      if (deadlineNanos - System.nanoTime() <= 0) {
        return false;
      }
      LockSupport.parkNanos(this, NAP_NANOS);
    }
    return true;
  }

  private synchronized boolean tryBegin(String call) {
    if (inside != null) {
      return false;
    }
    inside = Thread.currentThread();
    name = call;
    begun = System.nanoTime();
    interrupted = false;
    return true;
  }

  /** Ends the call; an interrupt that was meant for it does not outlive it. */
  synchronized void end() {
    inside = null;
    if (interrupted) {
      Thread.interrupted();
    }
  }

  /** Whether a thread is inside. */
  synchronized boolean isInside(Thread thread) {
    return inside == thread;
  }

  /**
   * Interrupts a call that has passed its limit, once.
   *
   * @return the call's name, or null if there was nothing to interrupt
   */
  synchronized @Nullable String interruptOverdue(long nowNanos) {
    Thread thread = inside;
    if (thread == null || interrupted || nowNanos - begun < LIMIT_NANOS) {
      return null;
    }
    interrupted = true;
    thread.interrupt();
    return name;
  }
}
