package com.example.patchbay.stream;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.junit.EndpointConformance;
import org.patchbay.linux.driver.EpollWaitFactory;

/** A server over a unix socket against every line of Patchbay's contract. */
final class StreamConformanceTest extends EndpointConformance {

  @TempDir Path folder;

  @Override
  protected Fixture fixture() {
    return new StreamFixture(folder.resolve("stream.sock"));
  }

  private record StreamFixture(Path path) implements Fixture {

    @Override
    public String name() {
      return "stream";
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
      StreamEndpoint endpoint =
          StreamEndpoint.open(
              StreamSettings.of(Map.of("name", "s0", "mode", "server", "path", path.toString())));
      LastingPeer peer;
      try {
        peer = LastingPeer.connect(UnixDomainSocketAddress.of(path));
      } catch (Exception e) {
        endpoint.close();
        throw e;
      }
      return new Subject(
          endpoint,
          peer,
          () -> {
            peer.close();
            endpoint.close();
          });
    }
  }
}
