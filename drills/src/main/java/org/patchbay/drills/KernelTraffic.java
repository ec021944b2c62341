package org.patchbay.drills;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.patchbay.drills.platform.Distribution;
import org.patchbay.drills.rig.Capture;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.Frame;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.PingSummary;
import org.patchbay.drills.rig.QueueDrops;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.StreamInterval;
import org.patchbay.drills.rig.Tool;

/**
 * The traffic between H and S, and everything that counts it: a ping each millisecond, one TCP
 * stream, a capture of every frame at H's interface and of those that come out of S's TAPs.
 */
final class KernelTraffic implements UplinkSteps.Stream {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int START_ATTEMPTS = 5;
  private static final String REPORT_SECONDS = "0.5";

  /** Enough to have frames of it in every swap, little enough for a machine with two cores. */
  private static final String BIT_RATE = "50M";

  private final KernelNetwork network;
  private final Start start;
  private final Child ping;
  private final Child server;
  private final Child client;

  /** What the kernel counted at the interfaces. */
  private record Counters(long hostRead, long hostDropped, long hostQueueDropped, long delivered) {
    static Counters of(KernelNetwork network) throws RigException, InterruptedException {
      Namespace host = network.host();
      Namespace server = network.server();
      return new Counters(
          host.counter(KernelNetwork.HOST_DEVICE, "tx_packets"),
          host.counter(KernelNetwork.HOST_DEVICE, "tx_dropped"),
          QueueDrops.of(host, KernelNetwork.HOST_DEVICE),
          server.counter("tap1", "rx_packets") + server.counter("tap2", "rx_packets"));
    }

    /** Whether no frame passed between two readings. */
    boolean isSameAs(Counters other) {
      return hostRead == other.hostRead && delivered == other.delivered;
    }

    Counters since(Counters earlier) {
      return new Counters(
          hostRead - earlier.hostRead,
          hostDropped - earlier.hostDropped,
          hostQueueDropped - earlier.hostQueueDropped,
          delivered - earlier.delivered);
    }
  }

  /**
   * Everything that was counted.
   *
   * @param hostAddress MAC address of H's interface
   * @param begin frames at H's interface, both ways
   * @param end frames that came out of tap1 and tap2
   * @param faults where two counts of one thing differ, or a program did not end well
   */
  record Counts(String hostAddress, List<Frame> begin, List<Frame> end, List<String> faults) {}

  /** Captures that began at one point in time, and what the kernel had counted by then. */
  private record Start(Capture atHost, List<Capture> atServer, Counters counters) {

    /** Starts the captures at a moment when no frame passes, so that both count the same ones. */
    static Start of(Cleanup cleanup, KernelNetwork network, Path folder)
        throws RigException, InterruptedException {
      for (int attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
        Counters first = Counters.of(network);
        Capture atHost =
            Capture.start(
                cleanup,
                network.host(),
                KernelNetwork.HOST_DEVICE,
                Capture.Direction.BOTH,
                folder.resolve("host-" + attempt + ".pcap"));
        List<Capture> atServer = new ArrayList<>();
        for (String tap : List.of("tap1", "tap2")) {
          Path file = folder.resolve(tap + "-" + attempt + ".pcap");
          atServer.add(Capture.start(cleanup, network.server(), tap, Capture.Direction.IN, file));
        }
        Counters second = Counters.of(network);
        if (second.isSameAs(first)) {
          return new Start(atHost, atServer, second);
        }
        // The kernel says something of its own accord now and then: neighbours, groups, routers.
        atHost.finish();
        for (Capture capture : atServer) {
          capture.finish();
        }
      }
      throw new RigException("Frames pass all the time before there is traffic.");
    }

    void awaitQuiet() throws RigException, InterruptedException {
      atHost.awaitQuiet();
      for (Capture capture : atServer) {
        capture.awaitQuiet();
      }
    }
  }

  private KernelTraffic(
      KernelNetwork network, Start start, Child ping, Child server, Child client) {
    this.network = network;
    this.start = start;
    this.ping = ping;
    this.server = server;
    this.client = client;
  }

  /**
   * Starts counting, then the traffic; returns when both flow.
   *
   * @param folder for the captures
   * @param streamSeconds how long the TCP stream lasts
   */
  static KernelTraffic start(Cleanup cleanup, KernelNetwork network, Path folder, int streamSeconds)
      throws RigException, InterruptedException {
    awaitReply(network);
    Start start = Start.of(cleanup, network, folder);
    Child ping = Child.start(cleanup, "the pinger", Map.of(), network.host().inside(pinger()));
    ping.awaitLine("the first reply", LIMIT, line -> line.text().equals(Pinger.FIRST_REPLY));
    Child server =
        Child.start(
            cleanup,
            "the iperf3 server",
            Map.of(),
            network.server().inside("iperf3", "-s", "-1", "-i", REPORT_SECONDS, "--forceflush"));
    server.awaitLine("that it listens", LIMIT, line -> line.text().contains("listening"));
    Child client =
        Child.start(
            cleanup,
            "the iperf3 client",
            Map.of(),
            network
                .host()
                .inside(
                    "iperf3",
                    "-c",
                    KernelNetwork.SERVER_ADDRESS,
                    "-t",
                    Integer.toString(streamSeconds),
                    "-b",
                    BIT_RATE));
    KernelTraffic traffic = new KernelTraffic(network, start, ping, server, client);
    if (!traffic.flows(Instant.now(), LIMIT)) {
      throw new RigException("The TCP stream does not begin: " + client.tail());
    }
    return traffic;
  }

  private static String[] pinger() throws RigException {
    return new String[] {
      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
      "--enable-native-access=ALL-UNNAMED",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      "-XX:-UsePerfData",
      "-Xmx32m",
      "-cp",
      Distribution.codeOf(Pinger.class).toString(),
      Pinger.class.getName(),
      KernelNetwork.SERVER_ADDRESS
    };
  }

  /** Waits until the way from H to S is there, before any frame is counted. */
  private static void awaitReply(KernelNetwork network) throws RigException, InterruptedException {
    Tool.Result answer =
        Tool.run(
            Duration.ofSeconds(15),
            Map.of(),
            network
                .host()
                .inside("ping", "-c", "1", "-i", "0.2", "-w", "10", KernelNetwork.SERVER_ADDRESS));
    if (answer.exit() != 0) {
      throw new RigException("H does not reach S through the platform: " + answer.text());
    }
  }

  @Override
  public boolean flows(Instant since, Duration limit) throws InterruptedException {
    return flows(server, since, limit);
  }

  /** Whether an iperf3 server reports, within the limit, bytes that came after a point in time. */
  static boolean flows(Child server, Instant since, Duration limit) throws InterruptedException {
    // A report is about the half second before it.
    Instant first = since.plusMillis(500);
    try {
      server.awaitLine(
          "bytes of the stream", limit, line -> line.at().isAfter(first) && carriesBytes(line));
      return true;
    } catch (RigException e) {
      return false;
    }
  }

  private static boolean carriesBytes(Child.Line line) {
    return StreamInterval.parse(line.text())
        .filter(interval -> !interval.total() && interval.bytes() > 0)
        .isPresent();
  }

  @Override
  public boolean isOpen() {
    return client.isAlive() && server.isAlive();
  }

  /**
   * Lets the stream come to its end, ends the pings, and collects what was counted.
   *
   * @param limit for the stream's end
   */
  Counts finish(Duration limit) throws RigException, InterruptedException {
    List<String> faults = new ArrayList<>();
    for (Child end : List.of(client, server)) {
      OptionalInt exit = end.awaitExit(limit);
      if (exit.isEmpty() || exit.getAsInt() != 0) {
        faults.add(
            "an end of the TCP stream "
                + (exit.isEmpty() ? "did not end" : "exited with " + exit.getAsInt())
                + " ("
                + end.tail()
                + ")");
      }
    }
    ping.interrupt();
    if (ping.awaitExit(LIMIT).isEmpty()) {
      faults.add("the pinger did not end");
    }
    PingSummary pings =
        PingSummary.parse(String.join("\n", ping.lines().stream().map(Child.Line::text).toList()));
    start.awaitQuiet();
    // What passes between these two readings, which is nothing as a rule, may be captured or not.
    Counters quiet = Counters.of(network).since(start.counters());
    List<Frame> begin = start.atHost().end();
    List<Frame> end = new ArrayList<>();
    for (Capture capture : start.atServer()) {
      end.addAll(capture.end());
    }
    Counters last = Counters.of(network).since(start.counters());
    String address = network.host().address(KernelNetwork.HOST_DEVICE);
    compare(pings, quiet, last, address, begin, end, faults);
    return new Counts(address, begin, end, faults);
  }

  private static void compare(
      PingSummary pings,
      Counters quiet,
      Counters last,
      String address,
      List<Frame> begin,
      List<Frame> end,
      List<String> faults) {
    long captured = begin.stream().filter(frame -> frame.isFrom(address)).count();
    long requests =
        begin.stream()
            .filter(frame -> frame.isFrom(address) && frame.echoRequest().isPresent())
            .count();
    check(
        "echo requests that the pinger sent and H's interface saw", pings.sent(), requests, faults);
    check(
        "frames H sent and the platform read",
        Math.clamp(captured, quiet.hostRead, last.hostRead),
        captured,
        faults);
    check(
        "frames that came out of S's TAPs",
        Math.clamp((long) end.size(), quiet.delivered, last.delivered),
        end.size(),
        faults);
    check("frames dropped before the platform could read them", 0, last.hostDropped, faults);
    check("frames dropped in H's queue", 0, last.hostQueueDropped, faults);
  }

  private static void check(String what, long first, long second, List<String> faults) {
    if (first != second) {
      faults.add(what + ": " + first + " and " + second);
    }
  }
}
