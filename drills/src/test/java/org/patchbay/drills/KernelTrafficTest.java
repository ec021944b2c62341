package org.patchbay.drills;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.FrameAccount;
import org.patchbay.drills.rig.FrameAccount.Tally;
import org.patchbay.drills.rig.Leftovers;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/** The counting of kernel traffic, with a bridge of the kernel's in the platform's place. */
@Timeout(120)
class KernelTrafficTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TempDir Path folder;

  @Test
  void itSeesWhichFramesAreLostAndThatTheStreamGoesOn() throws Exception {
    Optional<String> obstacle = KernelNetwork.obstacle();
    assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    Leftovers leftovers = new Leftovers();
    try (Cleanup cleanup = Cleanup.open()) {
      Namespace middle = Namespace.create(cleanup, "m");
      KernelNetwork network = join(cleanup, middle);
      leftovers.namespace(middle).namespace(network.host()).namespace(network.server());
      KernelTraffic traffic = KernelTraffic.start(cleanup, network, folder, 5);
      long cut = nanos(Instant.now());
      middle.ip("link", "set", "m1", "nomaster");
      Thread.sleep(500);
      middle.ip("link", "set", "m1", "master", "sw0");
      Instant joined = Instant.now();
      assertTrue(traffic.flows(joined, LIMIT));
      assertTrue(traffic.isOpen());

      KernelTraffic.Counts counts = traffic.finish(LIMIT);

      assertEquals(List.of(), counts.faults());
      List<Tally> tallies =
          FrameAccount.of(
              counts.begin(),
              counts.hostAddress(),
              counts.end(),
              List.of(0L, cut - 5_000_000, nanos(joined) + 5_000_000));
      assertEquals(0, tallies.get(0).lost());
      // Half a second without a way: all pings are lost, and none of them waits for replies.
      assertTrue(tallies.get(1).lost() > 400, tallies.toString());
      assertTrue(tallies.get(1).unanswered() > 400, tallies.toString());
      assertTrue(
          tallies.stream().mapToLong(Tally::longestGapNanos).max().orElse(0) > 400_000_000L,
          tallies.toString());
      assertEquals(0, tallies.get(2).lost());
      assertTrue(tallies.get(2).sent() > 1_000, tallies.toString());
      assertEquals(0, tallies.stream().mapToInt(Tally::duplicated).sum());
    }
    leftovers.check();
  }

  private static KernelNetwork join(Cleanup cleanup, Namespace middle)
      throws RigException, InterruptedException {
    Namespace host = Namespace.create(cleanup, "h");
    Namespace server = Namespace.create(cleanup, "s");
    middle.ip("link", "add", "sw0", "type", "bridge");
    middle.ip("link", "set", "sw0", "up");
    wire(middle, "mh", host, KernelNetwork.HOST_DEVICE);
    wire(middle, "m1", server, "tap1");
    wire(middle, "m2", server, "tap2");
    middle.ip("link", "set", "mh", "master", "sw0");
    middle.ip("link", "set", "m1", "master", "sw0");
    server.ip("addr", "add", KernelNetwork.SERVER_ADDRESS + "/24", "dev", "tap1");
    KernelNetwork network = new KernelNetwork(host, server);
    network.addressHost();
    return network;
  }

  private static void wire(Namespace middle, String end, Namespace other, String device)
      throws RigException, InterruptedException {
    middle.ip("link", "add", end, "type", "veth", "peer", "name", device, "netns", other.name());
    middle.ip("link", "set", end, "up");
    other.ip("link", "set", device, "up");
    // As a TAP without offloads has it: each frame is one frame.
    for (String feature : List.of("tso", "gso", "tx")) {
      Tool.must(other.inside("ethtool", "-K", device, feature, "off"));
    }
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }
}
