package org.patchbay.drills;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * Two namespaces that only a platform can connect:
 *
 * <pre>
 *  H                                                       S
 *  host0 (a TAP of the platform's)  ~~ cable c0 ~~  tap1 ─┬─ br0 (one address, fixed MAC)
 *                                              └~~  tap2 ─┘
 * </pre>
 */
final class KernelNetwork {
  static final String HOST_DEVICE = "host0";
  static final String BRIDGE = "br0";
  static final String HOST_ADDRESS = "10.77.0.1";
  static final String SERVER_ADDRESS = "10.77.0.2";

  /**
   * While the uplink is held, what H sends stays in its interface's queue: a second of pings and
   * the TCP stream's whole window must fit in.
   */
  private static final String HOST_QUEUE_LENGTH = "10000";

  private static final List<String> PROGRAMS = List.of("ip", "tc", "ping", "iperf3", "tcpdump");

  private final Namespace host;
  private final Namespace server;

  KernelNetwork(Namespace host, Namespace server) {
    this.host = host;
    this.server = server;
  }

  /** What this machine lacks for such a network, as a sentence. */
  static Optional<String> obstacle() throws RigException, InterruptedException {
    List<String> missing = Tool.missing(PROGRAMS);
    if (!missing.isEmpty()) {
      return Optional.of(
          "it needs the programs "
              + String.join(", ", missing)
              + ": apt-get install iproute2 iputils-ping iperf3 tcpdump");
    }
    if (!Files.isWritable(Path.of("/dev/net/tun"))) {
      return Optional.of("it needs root and /dev/net/tun");
    }
    try (Cleanup cleanup = Cleanup.open()) {
      Namespace.create(cleanup, "try");
      return Optional.empty();
    } catch (RigException e) {
      return Optional.of("it needs root to make network namespaces (" + e.getMessage() + ")");
    }
  }

  /** Makes both namespaces and everything in S; H's interface comes from the platform. */
  static KernelNetwork create(Cleanup cleanup) throws RigException, InterruptedException {
    return new KernelNetwork(Namespace.create(cleanup, "h"), createServer(cleanup));
  }

  /** Makes S with its bridge and both TAPs. */
  static Namespace createServer(Cleanup cleanup) throws RigException, InterruptedException {
    Namespace server = Namespace.create(cleanup, "s");
    server.ip("link", "add", BRIDGE, "address", "02:77:00:00:00:02", "type", "bridge");
    server.ip("addr", "add", SERVER_ADDRESS + "/24", "dev", BRIDGE);
    server.ip("link", "set", BRIDGE, "up");
    for (String tap : List.of("tap1", "tap2")) {
      server.ip("tuntap", "add", "dev", tap, "mode", "tap", "vnet_hdr");
      server.ip("link", "set", tap, "master", BRIDGE, "up");
    }
    return server;
  }

  /** Namespace H. */
  Namespace host() {
    return host;
  }

  /** Namespace S. */
  Namespace server() {
    return server;
  }

  /** Gives H's interface, which the platform has made by now, its address and its queue. */
  void addressHost() throws RigException, InterruptedException {
    host.ip("link", "set", HOST_DEVICE, "txqueuelen", HOST_QUEUE_LENGTH, "up");
    host.ip("addr", "add", HOST_ADDRESS + "/24", "dev", HOST_DEVICE);
  }
}
