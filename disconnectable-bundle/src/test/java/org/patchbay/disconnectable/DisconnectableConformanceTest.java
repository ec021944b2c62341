package org.patchbay.disconnectable;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.control.Disconnectable;
import org.patchbay.api.control.NicSettings;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;
import org.patchbay.loopback.LoopbackEndpoint;

/** A disconnectable with a loopback behind it against every line of the contract. */
final class DisconnectableConformanceTest extends EndpointConformance {

  @TempDir Path cache;
  private FelixFixture felix;

  @BeforeEach
  void start() throws Exception {
    felix = new FelixFixture(cache);
  }

  @AfterEach
  void end() throws Exception {
    felix.close();
  }

  @Override
  protected Fixture fixture() {
    return new Fixture() {

      private int nics;

      @Override
      public String name() {
        return "disconnectable around loopback";
      }

      @Override
      public FrameFate fate() {
        return FrameFate.REFLECTED;
      }

      @Override
      public Subject open() throws Exception {
        Disconnectable nic = felix.service.create(NicSettings.of("nic" + nics++));
        nic.control().connect("loopback", new LoopbackEndpoint());
        EndpointAction action = nic.endpoint().awaitAction(patience().toNanos());
        if (!(action instanceof EndpointAction.RestartRequired)) {
          throw new IllegalStateException("a connect was followed by " + action);
        }
        return new Subject(nic.endpoint(), null, nic::close);
      }
    };
  }
}
