package org.patchbay.loopback;

import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;

/** The loopback endpoint against every line of the contract. */
final class LoopbackConformanceTest extends EndpointConformance {

  @Override
  protected Fixture fixture() {
    return new Fixture() {

      @Override
      public String name() {
        return "loopback";
      }

      @Override
      public FrameFate fate() {
        return FrameFate.REFLECTED;
      }

      @Override
      public Subject open() {
        return Subject.of(new LoopbackEndpoint());
      }
    };
  }
}
