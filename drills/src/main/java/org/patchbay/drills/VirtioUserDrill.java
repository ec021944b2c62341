package org.patchbay.drills;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.patchbay.drills.peer.Testpmd;
import org.patchbay.drills.platform.Footprint;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * DPDK's virtio-user against NICs on loopback, in all combinations of ring layout, mergeable
 * buffers, use in order, queue pairs, and who connects to whom: every frame that the client sends
 * comes back to it, both sides count the same, and each client leaves the platform as it was.
 */
final class VirtioUserDrill extends PlatformDrill {
  private static final List<Boolean> BOTH = List.of(false, true);
  private static final Duration FLOW_LIMIT = Duration.ofSeconds(10);

  /** Far more than all rings hold. */
  private static final long FRAMES = 20_000;

  private record Combination(boolean packed, boolean mergeable, boolean inOrder) {
    String options() {
      return ",packed_vq="
          + (packed ? 1 : 0)
          + ",mrg_rxbuf="
          + (mergeable ? 1 : 0)
          + ",in_order="
          + (inOrder ? 1 : 0);
    }

    /** Names of the features that the client takes up if, and only if, the combination has them. */
    Map<String, Boolean> features() {
      return Map.of("RING_PACKED", packed, "MRG_RXBUF", mergeable, "IN_ORDER", inOrder);
    }
  }

  VirtioUserDrill() {
    super("virtio-user");
  }

  @Override
  public Optional<String> obstacle() {
    return testpmdObstacle();
  }

  /** What this machine lacks for testpmd, as a sentence. */
  static Optional<String> testpmdObstacle() {
    List<String> missing = Tool.missing(Testpmd.PROGRAMS);
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "it needs the programs "
                + String.join(", ", missing)
                + ": apt-get install dpdk-dev coreutils");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    List<VhostUserNic> nics = nics(ground.folder());
    Map<String, List<String>> configurations = new HashMap<>();
    nics.forEach(nic -> configurations.put(nic.file(), nic.lines()));
    PlatformProcess platform = prepareAndStart(ground, configurations);
    for (VhostUserNic nic : nics) {
      Await.until("the NIC " + nic.name(), LIMIT, () -> platform.ask("stats " + nic.name()).done());
    }
    Footprint before = Footprint.of(platform.child().pid());
    long frames = 0;
    for (VhostUserNic nic : nics) {
      for (boolean packed : BOTH) {
        for (boolean mergeable : BOTH) {
          for (boolean inOrder : BOTH) {
            frames += run(platform, nic, new Combination(packed, mergeable, inOrder));
          }
        }
      }
      out.say("  " + nic.name() + ": 8 clients, " + frames + " frames so far, none lost");
    }
    before.awaitNoMore(platform.child().pid(), LIMIT);
    long ids = 0;
    for (VhostUserNic nic : nics) {
      ids += platform.inspect(nic.name()).number("ids outstanding");
    }
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  private static PlatformProcess prepareAndStart(
      Ground ground, Map<String, List<String>> configurations)
      throws RigException, InterruptedException {
    PlatformProcess.prepareHome(ground.home(), configurations);
    return ground.start();
  }

  private static List<VhostUserNic> nics(Path folder) {
    List<VhostUserNic> nics = new ArrayList<>();
    for (boolean connects : BOTH) {
      for (int queuePairs = 1; queuePairs <= 2; queuePairs++) {
        String name = (connects ? "connect" : "listen") + queuePairs;
        nics.add(
            new VhostUserNic(
                name, folder.resolve(name + ".sock"), connects, queuePairs, "loopback", List.of()));
      }
    }
    return nics;
  }

  /** Runs one client; answers how many frames went there and back. */
  private static long run(PlatformProcess platform, VhostUserNic nic, Combination combination)
      throws RigException, InterruptedException {
    String what = nic.name() + " with " + combination;
    Inspection before = platform.inspect(nic.name());
    long sent;
    // A client that fails must not disturb the next.
    try (Cleanup cleanup = Cleanup.open()) {
      Testpmd client =
          Testpmd.start(
              cleanup,
              Testpmd.Setup.of(
                  Testpmd.virtioUser(
                      0, nic.socket(), nic.connects(), nic.queuePairs(), combination.options()),
                  nic.queuePairs()));
      awaitEnabled(what, platform, nic);
      requireFeatures(what, platform.inspect(nic.name()), combination);
      client.forward("flowgen");
      Await.until(FRAMES + " frames sent", FLOW_LIMIT, () -> client.counts(0).sent() >= FRAMES);
      client.halt();
      sent = client.counts(0).sent();
      // What is on its way comes, and nothing more.
      client.forward("rxonly");
      long all = sent;
      boolean returned = Await.within(FLOW_LIMIT, () -> client.counts(0).received() >= all);
      client.halt();
      Testpmd.Counts counts = client.counts(0);
      require(
          returned && counts.received() == sent && counts.sent() == sent,
          what
              + ": of "
              + sent
              + " frames "
              + counts.received()
              + " came back; the platform says "
              + platform.ask("inspect " + nic.name()).text());
      requireBothQueues(what, client, nic.queuePairs());
      client.quit();
    }
    Inspection after = platform.inspect(nic.name());
    for (String counter : List.of("tx packets", "rx packets")) {
      long counted = after.number(counter) - before.number(counter);
      require(
          counted == sent,
          what
              + ": the client counted "
              + sent
              + " frames, the platform "
              + counted
              + " "
              + counter);
    }
    long ids = after.number("ids outstanding");
    require(ids == 0, what + ": " + ids + " ids are outstanding");
    return sent;
  }

  /**
   * Waits until all rings are enabled. The client does not wait for that, and what it sends by a
   * ring that is disabled is dropped, as the protocol has it.
   */
  private static void awaitEnabled(String what, PlatformProcess platform, VhostUserNic nic)
      throws RigException, InterruptedException {
    long rings = 2L * nic.queuePairs();
    Await.until(
        what + ": " + rings + " rings that are enabled",
        FLOW_LIMIT,
        () -> platform.inspect(nic.name()).count("state: started") == rings);
  }

  private static void requireFeatures(String what, Inspection inspection, Combination combination)
      throws RigException {
    Set<String> names = new HashSet<>(List.of(inspection.value("features").orElse("").split(", ")));
    for (Map.Entry<String, Boolean> feature : combination.features().entrySet()) {
      require(
          names.contains(feature.getKey()) == feature.getValue(),
          what + ": the negotiated features are " + names);
    }
  }

  private static void requireBothQueues(String what, Testpmd client, int queuePairs)
      throws RigException, InterruptedException {
    Map<String, Long> details = client.details(0);
    for (int queue = 0; queue < queuePairs; queue++) {
      for (String name :
          List.of("rx_q" + queue + "_good_packets", "tx_q" + queue + "_good_packets")) {
        require(details.getOrDefault(name, 0L) > 0, what + ": " + name + " is not above 0");
      }
    }
  }
}
