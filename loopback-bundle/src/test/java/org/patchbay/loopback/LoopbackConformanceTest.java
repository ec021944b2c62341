package org.patchbay.loopback;

import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.junit.EndpointConformance;

/** The loopback endpoint against every line of the contract. */
final class LoopbackConformanceTest extends EndpointConformance {

  @Override
  protected Fixture fixture() {
    return Fixture.reflecting("loopback", LoopbackEndpoint::new);
  }
}
