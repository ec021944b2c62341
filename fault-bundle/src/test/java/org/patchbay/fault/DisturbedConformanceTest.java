package org.patchbay.fault;

import org.junit.jupiter.api.Nested;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;
import org.patchbay.loopback.LoopbackEndpoint;

/** The middleware keeps every line of the contract, around an endpoint that does. */
final class DisturbedConformanceTest {

  /** An endpoint that frames reach late, by which every line still holds. */
  private record Late(String name, Direction direction, long delayNanos) implements Fixture {

    @Override
    public FrameFate fate() {
      return FrameFate.REFLECTED;
    }

    @Override
    public Subject open() {
      DisturbedEndpoint endpoint =
          new DisturbedEndpoint(
              new LoopbackEndpoint(),
              "late",
              new Disturbance(direction, delayNanos, Disturbance.ALL, 0, 0, 0, 0, 1));
      return new Subject(endpoint, null, endpoint::close);
    }
  }

  @Nested
  final class WithAllRatesZero extends EndpointConformance {
    @Override
    protected Fixture fixture() {
      return new Late("middleware with all rates 0", Direction.BOTH, 0);
    }
  }

  @Nested
  final class WithFramesSentLate extends EndpointConformance {
    @Override
    protected Fixture fixture() {
      return new Late("middleware that delays what is sent", Direction.SEND, 300_000);
    }
  }

  @Nested
  final class WithFramesReceivedLate extends EndpointConformance {
    @Override
    protected Fixture fixture() {
      return new Late("middleware that delays what is received", Direction.RECEIVE, 300_000);
    }
  }
}
