package org.patchbay.tap;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Peer;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;
import org.patchbay.linux.Requirements;
import org.patchbay.linux.driver.EpollWaitFactory;

/** The TAP endpoint against every line of the contract, with a peer behind its bridge. */
final class TapConformanceTest extends EndpointConformance {

  private @Nullable TapRig rig;

  @BeforeEach
  void open() throws Exception {
    Requirements.needNamespacesAndTaps();
    rig = TapRig.create();
  }

  @AfterEach
  void close() throws Exception {
    if (rig != null) {
      rig.close();
    }
  }

  @Override
  protected Fixture fixture() {
    TapRig opened = rig;
    if (opened == null) {
      throw new IllegalStateException("there is no namespace");
    }
    return new TapFixture(opened);
  }

  private record TapFixture(TapRig rig) implements Fixture {

    @Override
    public String name() {
      return "tap";
    }

    @Override
    public FrameFate fate() {
      return FrameFate.FAR_SIDE;
    }

    @Override
    public WorkerWaitFactory waits() {
      return new EpollWaitFactory();
    }

    @Override
    public Subject open() throws Exception {
      rig.forgetWaiting();
      TapEndpoint endpoint = rig.endpoint();
      Peer peer =
          new Peer() {
            @Override
            public void inject(byte[] frame) {
              rig.send(frame);
            }

            @Override
            public byte @Nullable [] read(Duration patience) throws Exception {
              return rig.poll(patience);
            }
          };
      return new Subject(endpoint, peer, endpoint::close);
    }
  }
}
