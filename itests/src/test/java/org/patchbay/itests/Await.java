package org.patchbay.itests;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Waits for conditions. */
final class Await {

  /** Enough on a busy machine; what a test awaits usually comes within milliseconds. */
  static final Duration LIMIT = Duration.ofSeconds(20);

  private static final long LOOK_NANOS = Duration.ofMillis(2).toNanos();

  private Await() {}

  /** A condition that may ask services that come and go. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits until a condition holds; the test fails if it does not within the limit. */
  static void until(String what, Condition condition) throws Exception {
    value(what, condition::holds, holds -> holds);
  }

  /**
   * Waits until a value is as it should be.
   *
   * @return the value
   */
  static <T extends @Nullable Object> T value(
      String what, Callable<T> source, Predicate<? super T> condition) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      T value = source.call();
      if (condition.test(value)) {
        return value;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(
            "not within " + LIMIT.toSeconds() + " s: " + what + "; it is " + value);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
