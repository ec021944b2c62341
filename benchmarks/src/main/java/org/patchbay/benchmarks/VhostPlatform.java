package org.patchbay.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.patchbay.api.Endpoint;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.benchmarks.macswap.MacSwapEndpoint;
import org.patchbay.drills.peer.Testpmd;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;
import org.patchbay.drills.rig.Tool;

/** The platform in this process with one vhost-user NIC, before endpoints that exchange MACs. */
final class VhostPlatform {

  /** The factory PID of vhost-user NICs. */
  static final String FACTORY = "org.patchbay.vhostuser";

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final EmbeddedPlatform platform;
  private final Path socket;
  private final String filter;

  private VhostPlatform(EmbeddedPlatform platform, Path socket, String filter) {
    this.platform = platform;
    this.socket = socket;
    this.filter = filter;
  }

  /** Says what is missing if testpmd can't be run here. */
  static void requirePrograms() throws RigException {
    List<String> missing = Tool.missing(Testpmd.PROGRAMS);
    if (!missing.isEmpty()) {
      throw new RigException(
          String.join(", ", missing) + " is missing; on Debian: apt-get install dpdk-dev");
    }
  }

  /**
   * Starts it; returns when the NIC's socket is there.
   *
   * @param nic the NIC's name
   * @param endpoints the first is plugged
   * @param wrap what is put around each endpoint before it is registered
   */
  static VhostPlatform start(
      Yard yard, String nic, List<String> endpoints, UnaryOperator<Endpoint> wrap)
      throws RigException, InterruptedException {
    Path socket = TemporaryFolder.create(yard.cleanup()).resolve(nic + ".sock");
    EmbeddedPlatform platform = EmbeddedPlatform.start(yard);
    for (String endpoint : endpoints) {
      platform.register(endpoint, wrap.apply(new MacSwapEndpoint()));
    }
    platform.configure(
        FACTORY,
        nic,
        Map.of("name", nic, "socket", socket.toString(), "plug", endpoints.getFirst()));
    VhostPlatform started =
        new VhostPlatform(platform, socket, "(" + Nic.PROPERTY_NAME + "=" + nic + ")");
    started.nic();
    Await.until("a socket " + socket, PATIENCE, () -> socket.toFile().exists());
    return started;
  }

  /** The NIC's socket. */
  Path socket() {
    return socket;
  }

  Nic nic() throws RigException, InterruptedException {
    return platform.service(Nic.class, filter);
  }

  DisconnectableControl control() throws RigException, InterruptedException {
    return platform.service(DisconnectableControl.class, filter);
  }

  /**
   * Keeps all threads of this process, the NIC's worker among them, on the device's core.
   *
   * @param cleanup lets them go anywhere again
   */
  void stayOnDeviceCore(Cleanup cleanup) throws RigException, InterruptedException {
    int cores = Runtime.getRuntime().availableProcessors();
    settle(Integer.toString(CorePlacement.DEVICE_CORE));
    cleanup.add("the threads' core", () -> settle("0-" + (cores - 1)));
  }

  private static void settle(String cores) throws RigException, InterruptedException {
    Tool.must(
        List.of("taskset", "-a", "-c", "-p", cores, Long.toString(ProcessHandle.current().pid())));
  }

  /**
   * Checks that nothing was lost between engine and backend.
   *
   * @return the NIC's counts
   */
  NicStatistics checkIds() throws RigException, InterruptedException {
    NicStatistics statistics = nic().statistics();
    if (statistics.idsOutstanding() != 0
        || statistics.refusedIds() != 0
        || statistics.txLost() != 0
        || statistics.txErrors() != 0
        || statistics.rxErrors() != 0) {
      throw new RigException("Not every id came back exactly once: " + statistics + ".");
    }
    return statistics;
  }
}
