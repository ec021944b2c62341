package org.patchbay.disconnectable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a worker and a vendor's queue, so that no call runs after the gate was closed.
 *
 * <p>One thread at a time drives a queue, so entering needs no atomic read-modify-write: the driver
 * announces itself, then looks at the state; whoever closes sets the state, then looks for the
 * driver. With a full fence between the two steps on each side at least one sees the other
 * (Dekker's protocol). Entering costs one fence, leaving one plain release store.
 *
 * <p>States only go forward: OPEN, LEAVING (the backend leaves service; the worker may still
 * collect), CLOSED, FORCED (closed although a call had not returned; its result counts no more).
 */
final class Gate {

  static final int OPEN = 0;
  static final int LEAVING = 1;
  static final int CLOSED = 2;
  static final int FORCED = 3;

  private static final long SPIN_NANOS = 20_000;
  private static final long NAP_NANOS = 50_000;

  private static final VarHandle INSIDE;
  private static final VarHandle STATE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      INSIDE = lookup.findVarHandle(Gate.class, "inside", Thread.class);
      STATE = lookup.findVarHandle(Gate.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Both are accessed through their handles only, with the order that each place needs.
  @SuppressWarnings({"unused", "FieldCanBeFinal"})
  private @Nullable Thread inside;

  @SuppressWarnings({"unused", "FieldCanBeFinal"})
  private int state;

  // Guarded by this.
  private boolean interrupted;

  /**
   * Enters, unless the gate is closed. Driver only.
   *
   * @return OPEN or LEAVING if inside now, else CLOSED or FORCED
   */
  int enter() {
    INSIDE.setOpaque(this, Thread.currentThread());
    VarHandle.fullFence();
    int now = (int) STATE.getOpaque(this);
    if (now >= CLOSED) {
      INSIDE.setRelease(this, (Thread) null);
    }
    return now;
  }

  /**
   * Leaves after {@link #enter} let in.
   *
   * @return the state; FORCED if the call's result must not be used any more
   */
  int exit() {
    int now = (int) STATE.getAcquire(this);
    if (now >= CLOSED) {
      synchronized (this) {
        INSIDE.setRelease(this, (Thread) null);
        // The interrupt of a call that took too long does not outlive the call.
        if (interrupted) {
          Thread.interrupted();
        }
      }
    } else {
      INSIDE.setRelease(this, (Thread) null);
    }
    return now;
  }

  /** Interrupts the call inside a closed gate, if there is one. */
  synchronized void interruptInside() {
    Thread thread = inside();
    if (thread != null) {
      interrupted = true;
      thread.interrupt();
    }
  }

  /** The state at this moment. */
  int state() {
    return (int) STATE.getAcquire(this);
  }

  /** Who is inside at this moment, or null. */
  @Nullable Thread inside() {
    return (Thread) INSIDE.getVolatile(this);
  }

  /** Goes forward to a state; does nothing if the gate is there or further. Any thread. */
  void advance(int target) {
    int now = (int) STATE.getVolatile(this);
    while (now < target && !STATE.compareAndSet(this, now, target)) {
      now = (int) STATE.getVolatile(this);
    }
  }

  /**
   * Closes, and waits until nobody is inside. Any thread but the driver within a call; interrupts
   * are kept for later.
   *
   * @param deadlineNanos latest moment of {@link System#nanoTime()}
   * @return whether nobody is inside
   */
  boolean close(long deadlineNanos) {
    advance(CLOSED);
    VarHandle.fullFence();
    if (inside() == null) {
      return true;
    }
    long start = System.nanoTime();
    boolean interrupted = false;
    boolean empty;
    while (!(empty = inside() == null)) {
      long now = System.nanoTime();
      if (deadlineNanos - now <= 0) {
        break;
      }
      if (now - start < SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        // The driver leaves by a plain store and wakes nobody, so look again soon.
        LockSupport.parkNanos(this, NAP_NANOS);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return empty;
  }
}
