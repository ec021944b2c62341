package org.patchbay.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.conformance.junit.WrapperConformance;

/** The middleware, and the endpoint with a fault around it, hide nothing that is behind them. */
final class DisturbedWrapperTest {

  private static Disturbance disturbance(Direction direction, int reorder) {
    return new Disturbance(direction, 0, Disturbance.ALL, 0, 0, reorder, 0, 1);
  }

  /** The kit ends what it makes, which a middleware's timers show. */
  @AfterAll
  static void noTimerIsLeft() throws InterruptedException {
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (timers() > 0 && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    assertEquals(0, timers(), "timers of middleware that the kit has made");
  }

  private static long timers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("fault-d timer"))
        .count();
  }

  @Nested
  final class MiddlewareThatDoesNothing extends WrapperConformance {
    @Override
    protected Endpoint wrap(Endpoint inside) {
      return new DisturbedEndpoint(inside, "d", disturbance(Direction.BOTH, 0));
    }
  }

  /** What is received goes straight through a middleware that touches what is sent. */
  @Nested
  final class MiddlewareThatReordersWhatIsSent extends WrapperConformance {
    @Override
    protected Endpoint wrap(Endpoint inside) {
      return new DisturbedEndpoint(inside, "d", disturbance(Direction.SEND, 1));
    }

    @Override
    protected Set<String> changes() {
      return Set.of(
          "Endpoint.isOrdered",
          "Endpoint.txFastCompletions",
          "Queue.txAvail",
          "Queue.txPoll",
          "Queue.rxPoll");
    }
  }

  @Nested
  final class FaultThatIsNotDue extends WrapperConformance {
    @Override
    protected Endpoint wrap(Endpoint inside) throws EndpointException {
      return new FaultyEndpoint(
          inside, new FaultPlan(FaultSettings.of(Map.of("name", "f")), new NoDeeds()));
    }

    @Override
    protected Set<String> changes() {
      return Set.of("Endpoint.endpointType");
    }
  }
}
