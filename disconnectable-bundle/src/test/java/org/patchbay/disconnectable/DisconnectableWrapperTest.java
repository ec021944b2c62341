package org.patchbay.disconnectable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.control.Disconnectable;
import org.patchbay.api.control.NicSettings;
import org.patchbay.conformance.junit.WrapperConformance;

/** What a disconnectable and its facades pass on of the endpoint that is plugged. */
final class DisconnectableWrapperTest extends WrapperConformance {

  private static final long PATIENCE_NANOS = 5_000_000_000L;

  @TempDir Path cache;
  private FelixFixture felix;
  private final List<Disconnectable> nics = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    felix = new FelixFixture(cache);
  }

  @AfterEach
  void end() throws Exception {
    nics.forEach(Disconnectable::close);
    felix.close();
  }

  @Override
  protected Endpoint wrap(Endpoint inside) throws Exception {
    Disconnectable nic = felix.service.create(NicSettings.of("nic" + nics.size()));
    nics.add(nic);
    nic.control().connect("inside", inside);
    EndpointAction action = nic.endpoint().awaitAction(PATIENCE_NANOS);
    if (!(action instanceof EndpointAction.RestartRequired)) {
      throw new IllegalStateException("a connect was followed by " + action);
    }
    return nic.endpoint();
  }

  /**
   * A stop goes on only where queues were opened, a wait goes on while its caller has an action
   * already, a failure to open leads to the fallback, and {@code failure()} tells of failed calls
   * alone.
   */
  @Override
  protected Set<String> changes() {
    return Set.of(
        "Endpoint.stop", "Endpoint.waitForEndpointAction", "Endpoint.getQueues", "Queue.failure");
  }
}
