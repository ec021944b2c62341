package org.patchbay.drills;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;

/**
 * Namespace S, which a guest reaches only through a platform:
 *
 * <pre>
 *  guest                                            S
 *  eth0 ~~ vhost-user NIC vm0 of the platform ~~ tap1 ─┬─ br0 (one address, fixed MAC)
 *                                            └~~ tap2 ─┘
 * </pre>
 *
 * @param server namespace S
 */
record GuestNetwork(Namespace server) {
  static final String GUEST_ADDRESS = "10.77.0.1";
  static final String GUEST_MAC = "52:54:00:77:00:01";
  static final String SERVER_ADDRESS = KernelNetwork.SERVER_ADDRESS;
  static final List<String> TAPS = List.of("tap1", "tap2");

  /** Makes S. */
  static GuestNetwork create(Cleanup cleanup) throws RigException, InterruptedException {
    return new GuestNetwork(KernelNetwork.createServer(cleanup));
  }

  /** The platform's configurations of the endpoints on the TAPs: file name to lines. */
  Map<String, List<String>> endpoints() {
    Map<String, List<String>> files = new HashMap<>();
    for (String tap : TAPS) {
      files.put(
          "org.patchbay.tap-" + tap + ".cfg",
          List.of("name=" + tap, "ifname=" + tap, "netns=" + server.name()));
    }
    return files;
  }

  /** Frames that came out of the TAPs, which is what the platform wrote. */
  long written() throws RigException, InterruptedException {
    return sum("rx_packets");
  }

  /** Frames that went into the TAPs, which is what the platform reads. */
  long read() throws RigException, InterruptedException {
    return sum("tx_packets");
  }

  private long sum(String counter) throws RigException, InterruptedException {
    long sum = 0;
    for (String tap : TAPS) {
      sum += server.counter(tap, counter);
    }
    return sum;
  }
}
