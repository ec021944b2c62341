package org.patchbay.nullendpoint;

import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.junit.EndpointConformance;

/** The null endpoint against every line of the contract. */
final class NullConformanceTest extends EndpointConformance {

  @Override
  protected Fixture fixture() {
    return Fixture.dropping("null", NullEndpoint::new);
  }
}
