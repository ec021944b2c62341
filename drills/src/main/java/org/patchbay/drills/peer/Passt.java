package org.patchbay.drills.peer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.CommandPrefix;
import org.patchbay.drills.rig.RigException;

/**
 * passt, which ends a guest's connections in sockets of its own and needs no privilege for it. It
 * is told everything that it would else take over from this machine's interfaces, so it works
 * without a network, and it is given no name server.
 *
 * @param child its process
 */
public record Passt(Child child) {
  /** The program. */
  public static final String PROGRAM = "passt";

  /** The address at which the guest finds this machine's loopback interface. */
  public static final String GATEWAY = "10.0.2.2";

  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Starts one that listens at a unix socket; the cleanup ends it. */
  public static Passt start(Cleanup cleanup, CommandPrefix prefix, Path socket)
      throws RigException, InterruptedException {
    Child child =
        Child.start(
            cleanup,
            PROGRAM,
            Map.of(),
            prefix.before(
                List.of(
                    PROGRAM,
                    "--foreground",
                    "--ipv4-only",
                    "--interface",
                    "lo",
                    "--address",
                    "10.0.2.15",
                    "--netmask",
                    "24",
                    "--gateway",
                    GATEWAY,
                    "--mac-addr",
                    "52:55:0a:00:02:02",
                    "--mtu",
                    "1500",
                    "--dns",
                    "none",
                    "--socket",
                    socket.toString())));
    child.awaitLine("that its socket is there", LIMIT, line -> line.text().contains("bound at"));
    Await.until("a socket of passt", LIMIT, () -> Files.exists(socket));
    return new Passt(child);
  }
}
