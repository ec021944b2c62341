package org.patchbay.fault;

import java.util.Map;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;
import org.patchbay.loopback.LoopbackEndpoint;

/** The same where completions come later, as for faults in txPoll. */
final class DeferringConformanceTest extends EndpointConformance {

  @Override
  protected Fixture fixture() {
    return new Fixture() {

      @Override
      public String name() {
        return "fault in txPoll that is not due";
      }

      @Override
      public FrameFate fate() {
        return FrameFate.REFLECTED;
      }

      @Override
      public Subject open() throws Exception {
        FaultPlan plan =
            new FaultPlan(
                FaultSettings.of(Map.of("name", "f", "fault", "id-never", "after", Long.MAX_VALUE)),
                new NoDeeds());
        return new Subject(new FaultyEndpoint(new LoopbackEndpoint(), plan), null, plan::close);
      }
    };
  }
}
