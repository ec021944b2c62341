package org.patchbay.conformance.support;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;

/**
 * A queue as tests hold it besides a harness's own calls: what it throws in a method that throws
 * nothing is a violation.
 */
final class ObservedQueue extends DelegatingQueue {

  ObservedQueue(Queue delegate) {
    super(delegate);
  }

  private static <T extends @Nullable Object> T answer(String method, Supplier<T> body) {
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
    answer("close", () -> done(super::close));
  }
}
