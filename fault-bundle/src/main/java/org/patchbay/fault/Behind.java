package org.patchbay.fault;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.EndpointClaims;
import org.patchbay.api.control.EndpointLease;

/**
 * The endpoint that a middleware is around: claims it while it is there, and tries for ever while
 * it is not, or somebody else has it. A thread of its own does that, as a claim must not be made
 * within a service event. Any thread.
 */
final class Behind implements AutoCloseable {

  private static final long FIRST_PAUSE_MILLIS = 10;
  private static final long LONGEST_PAUSE_MILLIS = 500;
  private static final long JOIN_MILLIS = 1000;

  /** Told of what comes and goes; what left before it was told to arrive is told to leave again. */
  interface Listener {
    /** The endpoint is there. */
    void arrived(Endpoint endpoint);

    /** It leaves, or leaves no more if it never came; it is not used after this returned. */
    void left();
  }

  private final BundleContext context;
  private final String name;
  private final String holder;
  private final Listener listener;
  private final Consumer<String> log;
  private final Semaphore changes = new Semaphore(0);
  private final ServiceListener watch;
  private final Thread thread;
  // Guarded by this; nothing is called out while it is held.
  private @Nullable EndpointLease lease;
  private boolean closed;

  /**
   * @param name of the endpoint
   * @param holder name of the endpoint around it
   * @param log takes a sentence on why it has to wait
   */
  Behind(
      BundleContext context, String name, String holder, Listener listener, Consumer<String> log) {
    this.context = context;
    this.name = name;
    this.holder = holder;
    this.listener = listener;
    this.log = log;
    watch =
        event -> {
          if (event.getType() != ServiceEvent.UNREGISTERING) {
            changes.release();
          }
        };
    thread =
        Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name("fault-" + holder + " waits for " + name)
            .unstarted(this::follow);
  }

  /**
   * Takes the endpoint, or begins to wait for it if there is none.
   *
   * @throws EndpointException if it is there and can't be had
   */
  void open() throws EndpointException {
    try {
      boolean unused = claim();
    } catch (EndpointException e) {
      if (e.error() != EndpointError.NO_SUCH_ENDPOINT && e.error() != EndpointError.GONE) {
        throw e;
      }
    }
    try {
      context.addServiceListener(
          watch,
          "(|(objectClass="
              + EndpointClaims.class.getName()
              + ")(&(objectClass="
              + Endpoint.class.getName()
              + ")("
              + Endpoint.PROPERTY_NAME
              + "="
              + name
              + ")))");
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException("the name was checked: " + name, e);
    }
    thread.start();
  }

  private void follow() {
    long pause = FIRST_PAUSE_MILLIS;
    String last = "";
    try {
      while (!isClosed()) {
        try {
          if (claim()) {
            changes.acquire();
            pause = FIRST_PAUSE_MILLIS;
            continue;
          }
        } catch (EndpointException | RuntimeException e) { // the latter is the endpoint's
          String reason = String.valueOf(e.getMessage());
          if (!reason.equals(last) && !isClosed()) {
            last = reason;
            log.accept("endpoint " + holder + " waits for endpoint " + name + ": " + last);
          }
        }
        if (changes.tryAcquire(pause, TimeUnit.MILLISECONDS)) {
          changes.drainPermits();
          pause = FIRST_PAUSE_MILLIS;
        } else {
          pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Claims the endpoint if it is not claimed; whether it is now. */
  private boolean claim() throws EndpointException {
    synchronized (this) {
      if (lease != null || closed) {
        return !closed;
      }
    }
    // Not given back before the end: that would give back what was claimed.
    ServiceReference<EndpointClaims> reference = context.getServiceReference(EndpointClaims.class);
    EndpointClaims claims = reference == null ? null : context.getService(reference);
    if (claims == null) {
      return false;
    }
    AtomicBoolean gone = new AtomicBoolean();
    EndpointLease taken =
        claims.claim(
            name,
            holder,
            () -> {
              gone.set(true);
              letGo();
              changes.release();
            });
    boolean late;
    synchronized (this) {
      late = closed;
      lease = late ? null : taken;
    }
    if (late) {
      taken.close();
      return false;
    }
    boolean kept = false;
    try {
      listener.arrived(taken.endpoint());
      // It may have left, or this been closed, while the listener was told.
      kept = !gone.get() && !isClosed();
    } finally {
      if (!kept) {
        letGo();
      }
    }
    return kept;
  }

  private void letGo() {
    EndpointLease held;
    synchronized (this) {
      held = lease;
      lease = null;
    }
    listener.left();
    if (held != null) {
      held.close();
    }
  }

  /** Ends it; the listener is told that the endpoint leaves. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    context.removeServiceListener(watch);
    thread.interrupt();
    letGo();
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
