package org.patchbay.disconnectable;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Threads for what the coordinator must not do itself: calls of the framework, which may run a
 * vendor's activation, and waits inside a vendor's endpoint. One errand that blocks holds up no
 * other. Threads are kept for ten seconds and inherit nothing from whoever needed them first, so
 * that no class loader leaks.
 */
final class Errands implements AutoCloseable {

  private static final long KEEP_SECONDS = 10;
  private static final long CLOSE_MILLIS = 500;

  private final OperatorLog log;
  private final ThreadPoolExecutor pool;

  Errands(OperatorLog log) {
    this.log = log;
    AtomicInteger number = new AtomicInteger();
    pool =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            KEEP_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread =
                  Thread.ofPlatform()
                      .daemon()
                      .inheritInheritableThreadLocals(false)
                      .name("patchbay-errand-" + number.incrementAndGet())
                      .unstarted(task);
              thread.setContextClassLoader(null);
              return thread;
            });
  }

  /**
   * Runs an errand soon.
   *
   * @return false after {@link #close()}; then it never runs: the bundle stops, and the framework
   *     takes back what was in use
   */
  boolean run(Runnable errand) {
    try {
      pool.execute(() -> runLogged(errand));
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Computes a value; after {@link #close()} the absent one. */
  <T> CompletableFuture<T> compute(Supplier<T> errand, T absent) {
    CompletableFuture<T> future = new CompletableFuture<>();
    try {
      pool.execute(
          () -> {
            T value = absent;
            try {
              value = errand.get();
            } catch (Throwable e) { // may come from a vendor
              log.error("an errand failed: " + VendorFault.describe(e));
            }
            future.complete(value);
          });
    } catch (RejectedExecutionException e) {
      future.complete(absent);
    }
    return future;
  }

  private void runLogged(Runnable errand) {
    try {
      errand.run();
    } catch (Throwable e) { // may come from a vendor
      log.error("an errand failed: " + VendorFault.describe(e));
    }
  }

  /** An executor that runs errands one after the other, in order. */
  Executor inOrder() {
    ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    AtomicInteger count = new AtomicInteger();
    return errand -> {
      waiting.add(errand);
      if (count.getAndIncrement() == 0) {
        run(
            () -> {
              do {
                Runnable next = waiting.poll();
                if (next != null) {
                  runLogged(next);
                }
              } while (count.decrementAndGet() != 0);
            });
      }
    };
  }

  /** Interrupts all errands and waits briefly for them. */
  @Override
  public void close() {
    pool.shutdownNow();
    try {
      if (!pool.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
        log.error(pool.getActiveCount() + " errands did not end when the bundle stopped");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
