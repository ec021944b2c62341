package org.patchbay.disconnectable;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.control.EndpointLease;

/** One wrapper's claim on the endpoint it works around, from the request for it. Any thread. */
final class WrapperLease implements EndpointLease {

  private final String name;
  private final String holder;
  private final String origin;
  private final Runnable leaving;
  private final Consumer<WrapperLease> onClose;
  private final AtomicBoolean told = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile @Nullable Lease lease;
  private volatile @Nullable LeasedEndpoint endpoint;

  /**
   * @param origin the bundle of the wrapper
   * @param leaving what the wrapper wants run when the endpoint leaves; a vendor's
   * @param onClose told once that the lease is closed
   */
  WrapperLease(
      String name, String holder, String origin, Runnable leaving, Consumer<WrapperLease> onClose) {
    this.name = name;
    this.holder = holder;
    this.origin = origin;
    this.leaving = leaving;
    this.onClose = onClose;
  }

  /** The claim was granted. */
  void grant(Lease granted) {
    endpoint = new LeasedEndpoint(name, granted.endpoint());
    lease = granted;
    // After it was stored, so that it is given back here or by a close that comes from now on.
    if (closed.get()) {
      cut();
      granted.unget();
      granted.unclaim();
    }
  }

  /** Id of the claimed service, or {@link Lease#NO_SERVICE} as long as the claim is not granted. */
  long serviceId() {
    Lease granted = lease;
    return granted == null ? Lease.NO_SERVICE : granted.serviceId();
  }

  /** Name of the wrapper. */
  String holder() {
    return holder;
  }

  /** Both and their bundles, for operators' sentences. */
  String described() {
    return "endpoint " + holder + " of " + origin + ", around endpoint " + name;
  }

  /** Tells the wrapper that the endpoint leaves; false if it was told or needs not be. */
  boolean beginLeaving() {
    return !closed.get() && told.compareAndSet(false, true);
  }

  /** Runs what the wrapper wants run; throws whatever it throws. */
  void runLeaving() {
    if (!closed.get()) {
      leaving.run();
    }
  }

  /** Waits until the lease is closed; false at the deadline. Interrupts are kept for later. */
  boolean awaitClosed(long deadlineNanos) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return over.await(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** From now on the wrapper's calls are refused, though it has not let go. */
  void cut() {
    LeasedEndpoint facade = endpoint;
    if (facade != null) {
      facade.cut();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Endpoint endpoint() {
    LeasedEndpoint facade = endpoint;
    if (facade == null) {
      throw new IllegalStateException("endpoint " + name + " was not claimed yet");
    }
    return facade;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    cut();
    Lease granted = lease;
    try {
      if (granted != null) {
        granted.unget();
      }
    } finally {
      if (granted != null) {
        granted.unclaim();
      }
      over.countDown();
      onClose.accept(this);
    }
  }
}
