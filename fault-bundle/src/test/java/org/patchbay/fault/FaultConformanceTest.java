package org.patchbay.fault;

import java.util.Map;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;
import org.patchbay.loopback.LoopbackEndpoint;

/** With no fault, or one that is not due, the endpoint keeps every line of the contract. */
final class FaultConformanceTest extends EndpointConformance {

  @Override
  protected Fixture fixture() {
    return new Fixture() {

      @Override
      public String name() {
        return "fault without a fault";
      }

      @Override
      public FrameFate fate() {
        return FrameFate.REFLECTED;
      }

      @Override
      public Subject open() throws Exception {
        FaultPlan plan =
            new FaultPlan(
                FaultSettings.of(
                    Map.of("name", "f", "fault", "throw-exception", "after", Long.MAX_VALUE)),
                new NoDeeds());
        return new Subject(new FaultyEndpoint(new LoopbackEndpoint(), plan), null, plan::close);
      }
    };
  }
}
