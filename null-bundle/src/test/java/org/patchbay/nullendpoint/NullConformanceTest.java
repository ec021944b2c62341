package org.patchbay.nullendpoint;

import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;

/** The null endpoint against every line of the contract. */
final class NullConformanceTest extends EndpointConformance {

  @Override
  protected Fixture fixture() {
    return new Fixture() {

      @Override
      public String name() {
        return "null";
      }

      @Override
      public FrameFate fate() {
        return FrameFate.DROPPED;
      }

      @Override
      public Subject open() {
        return Subject.of(new NullEndpoint());
      }
    };
  }
}
