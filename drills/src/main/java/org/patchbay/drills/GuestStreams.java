package org.patchbay.drills;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import org.patchbay.drills.peer.Guest;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.StreamInterval;

/** TCP streams between a guest and an iperf3 server in a namespace, one run at a time. */
final class GuestStreams implements UplinkSteps.Stream {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String OUTPUT = "/tmp/iperf3";

  private final Guest guest;
  private final Child server;

  private GuestStreams(Guest guest, Child server) {
    this.guest = guest;
    this.server = server;
  }

  /** Runs streams to their end; answers about how many bytes arrived. */
  static double run(Cleanup cleanup, Namespace namespace, Guest guest, int seconds, String options)
      throws RigException, InterruptedException {
    GuestStreams streams = start(cleanup, namespace, guest, seconds, options);
    return streams.finish(Duration.ofSeconds(seconds).plus(LIMIT));
  }

  /**
   * Starts streams.
   *
   * @param options of the iperf3 client in the guest: none for one stream from the guest to the
   *     server, {@code -R} for one the other way, {@code -P 4} for four
   */
  static GuestStreams start(
      Cleanup cleanup, Namespace namespace, Guest guest, int seconds, String options)
      throws RigException, InterruptedException {
    Child server =
        Child.start(
            cleanup,
            "the iperf3 server",
            Map.of(),
            namespace.inside("iperf3", "-s", "-1", "-i", "0.5", "--forceflush"));
    server.awaitLine("that it listens", LIMIT, line -> line.text().contains("listening"));
    guest.must("rm -f " + OUTPUT + ".status");
    guest.spawn(
        "sh -c 'iperf3 -c "
            + GuestNetwork.SERVER_ADDRESS
            + " -t "
            + seconds
            + " "
            + options
            + "; echo $? >"
            + OUTPUT
            + ".status'",
        OUTPUT);
    return new GuestStreams(guest, server);
  }

  @Override
  public boolean isOpen() {
    return server.isAlive();
  }

  @Override
  public boolean flows(Instant since, Duration limit) throws InterruptedException {
    return KernelTraffic.flows(server, since, limit);
  }

  /**
   * Waits for bytes that were sent after a point in time.
   *
   * @throws RigException if none arrives within the limit
   */
  void awaitFlow(Instant since, Duration limit) throws RigException, InterruptedException {
    if (!flows(since, limit)) {
      throw new RigException("The stream does not flow: " + server.tail());
    }
  }

  /** Waits for the streams' end; answers about how many bytes arrived. */
  double finish(Duration limit) throws RigException, InterruptedException {
    OptionalInt exit = server.awaitExit(limit);
    Guest.Answer client =
        guest.run(
            "for i in $(seq 100); do test -s "
                + OUTPUT
                + ".status && break; sleep 0.1; done; cat "
                + OUTPUT
                + ".status");
    if (exit.isEmpty() || exit.getAsInt() != 0 || !client.text().strip().equals("0")) {
      throw new RigException(
          "The streams did not end well: the server "
              + (exit.isEmpty() ? "goes on" : "exited with " + exit.getAsInt())
              + " ("
              + server.tail()
              + "), the client: "
              + guest.run("tail -n 5 " + OUTPUT).text());
    }
    double bytes = 0;
    for (String line : guest.must("cat " + OUTPUT).lines().toList()) {
      if (line.strip().endsWith("receiver")) {
        bytes += StreamInterval.parse(line).map(StreamInterval::bytes).orElse(0.0);
      }
    }
    return bytes;
  }
}
