package org.patchbay.disconnectable;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assertions;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.Swap;

/** Bounded waits of the tests. */
final class Waiting {

  private Waiting() {}

  /** Waits until a condition holds, at most five seconds. */
  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        Assertions.fail("not within 5 s: " + what);
      }
      LockSupport.parkNanos(200_000);
    }
  }

  /** The swap that a stage completes with. */
  static Swap swap(CompletionStage<Swap> stage) throws Exception {
    return stage.toCompletableFuture().get(8, TimeUnit.SECONDS);
  }

  /** The typed error that a stage completes with. */
  static EndpointException failure(CompletionStage<Swap> stage) throws Exception {
    CompletableFuture<Swap> future = stage.toCompletableFuture();
    try {
      Swap swap = future.get(8, TimeUnit.SECONDS);
      return Assertions.fail("the stage completed with " + swap);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() instanceof CompletionException c ? c.getCause() : e.getCause();
      return Assertions.assertInstanceOf(EndpointException.class, cause);
    }
  }
}
