package org.patchbay.drills;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * TCP streams between a guest that negotiated checksums and segmentation and S, both ways; then one
 * stream during which the NIC is swapped from a TAP with offloads to one without, where the
 * platform segments in software, and back.
 */
final class GuestStreamDrill extends GuestDrill {
  private static final int SECONDS = 2;
  private static final int SWAP_SECONDS = 7;
  private static final double LEAST_BYTES = 1e6;
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** The longest frame without segmentation: 1500 bytes and an Ethernet header. */
  private static final double LONGEST_FRAME = 1514;

  /** Packets that the platform summed or segmented for an endpoint that does not. */
  private static final String TREATED = "tx-software-offloads";

  // Feature bits of a virtio-net device.
  private static final int CSUM = 0;
  private static final int GUEST_CSUM = 1;
  private static final int HOST_TSO4 = 11;

  GuestStreamDrill() {
    super("guest-streams");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestStage stage = GuestStage.set(ground, 1, List.of("iperf3"), List.of());
    String features = stage.guest().must("cat /sys/bus/virtio/devices/virtio0/features");
    for (int bit : List.of(CSUM, GUEST_CSUM, HOST_TSO4)) {
      require(features.charAt(bit) == '1', "The guest did not negotiate feature " + bit);
    }
    withhold(stage);
    long carrier = stage.carrierChanges();
    for (String options : List.of("", "-R")) {
      double bytes =
          GuestStreams.run(
              ground.cleanup(), stage.network().server(), stage.guest(), SECONDS, options);
      out.say(
          String.format(
              "  %s: %.0f Mbit/s",
              options.isEmpty() ? "guest to S" : "S to guest", bytes * 8 / SECONDS / 1e6));
      require(bytes > LEAST_BYTES, "Only " + bytes + " bytes came of a stream " + options);
    }
    swapUnderStream(ground, stage, out);
    require(stage.carrierChanges() == carrier, "The guest's carrier changed");
    require(badChecksums(stage.network().server()) == 0, "S got TCP segments with wrong checksums");
    // What the platform segments reaches tap2 as more frames than the guest sent.
    stage.settle(false, out);
    stage.end(out);
  }

  /** Makes tap2's endpoint anew, as one that has no offloads. */
  private static void withhold(GuestStage stage) throws RigException, InterruptedException {
    stage.platform().must("delete tap2");
    stage
        .platform()
        .must(
            "create tap name=tap2 ifname=tap2 offloads=false netns="
                + stage.network().server().name());
  }

  private static void swapUnderStream(Ground ground, GuestStage stage, Narrator out)
      throws RigException, InterruptedException {
    Namespace server = stage.network().server();
    GuestStreams stream =
        GuestStreams.start(ground.cleanup(), server, stage.guest(), SWAP_SECONDS, "");
    for (String tap : List.of("tap1", "tap2", "tap1")) {
      if (!tap.equals(stage.nic().swaps().getLast().to())) {
        stage.plug(tap);
      }
      watch(stage, tap, stream, out);
    }
    double bytes = stream.finish(Duration.ofSeconds(SWAP_SECONDS).plus(LIMIT));
    require(bytes > LEAST_BYTES, "Only " + bytes + " bytes came of the stream");
  }

  /** Checks who segments while the stream flows: the TAP if it offers that, else the platform. */
  private static void watch(GuestStage stage, String tap, GuestStreams stream, Narrator out)
      throws RigException, InterruptedException {
    Namespace server = stage.network().server();
    // Frames of the swap itself may have been sent before it.
    stream.awaitFlow(Instant.now(), LIMIT);
    long frames = server.counter(tap, "rx_packets");
    long bytes = server.counter(tap, "rx_bytes");
    long treated = stage.nic().number(TREATED);
    stream.awaitFlow(Instant.now(), LIMIT);
    treated = stage.nic().number(TREATED) - treated;
    double mean =
        (server.counter(tap, "rx_bytes") - bytes)
            / (double) Math.max(1, server.counter(tap, "rx_packets") - frames);
    out.say(
        String.format(
            "  streaming on %s: frames of %.0f bytes on average, %d packets segmented by the platform",
            tap, mean, treated));
    boolean offered = tap.equals("tap1");
    require(
        mean > LONGEST_FRAME == offered && treated == 0 == offered,
        offered
            ? "The platform segmented, though " + tap + " does that itself"
            : "Segments came uncut to " + tap + ", which offers no segmentation");
  }

  /** What the kernel of a namespace counts of TCP segments with wrong checksums. */
  private static long badChecksums(Namespace namespace) throws RigException, InterruptedException {
    List<String[]> tcp =
        Tool.must(namespace.inside("cat", "/proc/net/snmp"))
            .lines()
            .filter(line -> line.startsWith("Tcp:"))
            .map(line -> line.split(" "))
            .toList();
    int column = List.of(tcp.getFirst()).indexOf("InCsumErrors");
    require(column > 0, "The kernel does not count wrong checksums");
    return Long.parseLong(tcp.getLast()[column]);
  }
}
