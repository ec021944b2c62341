package org.patchbay.disconnectable;

import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

/**
 * Runs the control calls of one plug, one at a time, and turns what they throw into typed errors.
 *
 * <p>A call knows its thread, so that a backend which unregisters itself in mid-call is recognized,
 * and its age, so that a call which blocks is interrupted. A thread that ignores its interrupt
 * can't be had back. So as long as a backend has not shown that a call of its returns, that call
 * runs on an errand's thread, and the coordinator gives it up after {@link #GIVE_UP_NANOS}; from
 * then on it runs on the coordinator's own, which spares a swap two changes of threads.
 */
final class VendorCall {

  /** How long a control call may take before its thread is interrupted. */
  static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long a control call, or its turn, is waited for. */
  static final long GIVE_UP_NANOS = LIMIT_NANOS + TimeUnit.MILLISECONDS.toNanos(750);

  private static final long NAP_NANOS = 50_000;

  /** What runs inside the vendor's code. */
  interface Body<T> {
    T run() throws EndpointException;
  }

  /** Thrown when a call does not return, or does not get its turn. */
  static final class StuckException extends Exception {
    private static final long serialVersionUID = 1L;

    StuckException(String sentence) {
      super(sentence);
    }
  }

  private final String endpoint;
  private final String provenance;
  private final @Nullable Set<String> proven;
  private final Errands errands;

  // All guarded by this; nothing is called out while it is held.
  private @Nullable Thread inside;
  private String name = "";
  private long begun;
  private boolean interrupted;

  /**
   * @param lease whose endpoint is called
   * @param proven takes the calls that have returned, for all plugs of a NIC; null trusts all calls
   */
  VendorCall(Lease lease, @Nullable Set<String> proven, Errands errands) {
    endpoint = "endpoint " + lease.name() + " of " + lease.origin();
    provenance = lease.provenance();
    this.proven = proven;
    this.errands = errands;
  }

  /** Runs a call for the coordinator, bounded. */
  <T> T run(String call, Body<T> body) throws EndpointException, StuckException {
    if (proven == null || proven.contains(proof(call))) {
      return runHere(call, body);
    }
    FutureTask<T> task = new FutureTask<>(() -> runHere(call, body));
    return errands.run(task) ? await(call, task) : runHere(call, body);
  }

  private String proof(String call) {
    return call + " of " + provenance;
  }

  private static <T> T await(String call, FutureTask<T> task)
      throws EndpointException, StuckException {
    boolean interrupted = false;
    long deadline = System.nanoTime() + GIVE_UP_NANOS;
    try {
      while (true) {
        try {
          return task.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (TimeoutException e) {
      throw new StuckException("its " + call + " does not return");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case EndpointException refused -> throw refused;
        case StuckException stuck -> throw stuck;
        case null, default -> throw new AssertionError("runHere throws nothing else", e);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Runs a call on the calling thread, which may be kept by a vendor that never returns. */
  <T> T runHere(String call, Body<T> body) throws EndpointException, StuckException {
    if (!begin(call)) {
      throw new StuckException("its " + call + " can't be called, as another call does not return");
    }
    try {
      T result = body.run();
      if (proven != null) {
        proven.add(proof(call));
      }
      return result;
    } catch (EndpointException e) {
      throw e;
    } catch (Throwable e) { // a vendor's; even an Error must not reach the coordinator
      throw new EndpointException(
          EndpointError.BACKEND_FAILED, call + " of " + endpoint + " threw " + e, e);
    } finally {
      end();
    }
  }

  private boolean begin(String call) {
    long deadline = System.nanoTime() + GIVE_UP_NANOS;
    while (!tryBegin(call)) {
      if (deadline - System.nanoTime() <= 0) {
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
  private synchronized void end() {
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
