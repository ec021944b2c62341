package org.patchbay.conformance.support;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;

/**
 * A queue as tests hold it besides a harness's own calls: what it throws in a method that throws
 * nothing is a violation, and so is a call that takes too long.
 */
final class ObservedQueue extends DelegatingQueue {

  private static final String CLOSE = "close";
  private static final Duration LONGEST_CALL = Duration.ofSeconds(1);

  ObservedQueue(Queue delegate) {
    super(delegate);
  }

  /** The line that a call of a method breaks if it blocks. */
  private static String lineOfBlocking(String method) {
    return method.equals(CLOSE) ? "E21" : "Q6";
  }

  /** The line that a call of a queue breaks which does not return, or null if there is none. */
  static @Nullable String lineOf(StackTraceElement[] stack) {
    String line = null;
    for (StackTraceElement frame : stack) {
      boolean isObserved = frame.getClassName().equals(ObservedQueue.class.getName());
      if (isObserved && frame.getMethodName().equals(CLOSE)) {
        return lineOfBlocking(CLOSE);
      }
      if (isObserved || QueueHarness.isCall(frame)) {
        line = "Q6";
      }
    }
    return line;
  }

  /**
   * Throws a violation of a line if a call that began at a time took too long, however it ended.
   */
  static void requireSoon(String line, String method, long start) {
    long nanos = System.nanoTime() - start;
    if (nanos > LONGEST_CALL.toNanos()) {
      throw new ContractViolation(line, method + " took " + nanos / 1_000_000 + " ms");
    }
  }

  private static <T extends @Nullable Object> T answer(String method, Supplier<T> body) {
    long start = System.nanoTime();
    try {
      return throwNothing(method, body);
    } finally {
      requireSoon(lineOfBlocking(method), method, start);
    }
  }

  private static <T extends @Nullable Object> T throwNothing(String method, Supplier<T> body) {
    try {
      return body.get();
    } catch (ContractViolation violation) {
      throw violation;
    } catch (RuntimeException | Error e) {
      ContractViolation violation = new ContractViolation("Q17", method + " threw " + e);
      violation.initCause(e);
      throw violation;
    }
  }

  @Override
  public void updateTargetVp(int targetVp) {
    answer("updateTargetVp", () -> done(() -> super.updateTargetVp(targetVp)));
  }

  private static Object done(Runnable body) {
    body.run();
    return "";
  }

  @Override
  public QueueStatistics statistics() {
    QueueStatistics statistics = answer("statistics", super::statistics);
    if (statistics == null) {
      throw new ContractViolation("Q18", "statistics() answered null");
    }
    return statistics;
  }

  @Override
  public @Nullable Throwable failure() {
    return answer("failure", super::failure);
  }

  @Override
  public void close() {
    answer(CLOSE, () -> done(super::close));
  }
}
