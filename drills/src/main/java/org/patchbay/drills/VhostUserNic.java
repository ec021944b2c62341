package org.patchbay.drills;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A vhost-user NIC of a platform, as its configuration says.
 *
 * @param name its name
 * @param socket its unix socket
 * @param connects whether the platform connects to the socket; else it listens there
 * @param queuePairs the most queue pairs that its guest may use
 * @param plug the endpoint that is plugged at the start
 * @param more further lines
 */
record VhostUserNic(
    String name, Path socket, boolean connects, int queuePairs, String plug, List<String> more) {

  /** One of a single queue pair at which the platform listens. */
  static VhostUserNic listening(String name, Path folder, String plug) {
    return new VhostUserNic(name, folder.resolve(name + ".sock"), false, 1, plug, List.of());
  }

  /** The name of its file in {@code etc/}. */
  String file() {
    return "org.patchbay.vhostuser-" + name + ".cfg";
  }

  /** The lines of its file. */
  List<String> lines() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "name=" + name,
                "socket=" + socket,
                "mode=" + (connects ? "connect" : "listen"),
                "queue-pairs=" + queuePairs,
                "plug=" + plug));
    lines.addAll(more);
    return lines;
  }
}
