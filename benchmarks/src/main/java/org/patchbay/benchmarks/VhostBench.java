package org.patchbay.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.patchbay.drills.peer.Testpmd;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;

/**
 * A vhost-user NIC with a backend that exchanges MAC addresses, and DPDK's vhost device with its
 * forward mode that does the same: the same client loads both in turn, on a core of its own. Each
 * measurement has a client of its own, as a process' pages lie better or worse in the caches.
 */
final class VhostBench implements Bench {

  private static final String NIC = "vhost0";
  private static final String ENDPOINT = "macswap";

  /**
   * What a row is to reach.
   *
   * @param ratio ours to DPDK's
   * @param figure DPDK's on the reference machine, in millions of frames a second
   */
  private record Goal(VhostClient.Load load, double ratio, double figure) {}

  private static final List<Goal> GOALS =
      List.of(
          new Goal(VhostClient.Load.SPLIT_SMALL, 0.9, 8.3),
          new Goal(VhostClient.Load.SPLIT_LARGE, 1.0, 4.9),
          new Goal(VhostClient.Load.PACKED_SMALL, 0.75, 12.6),
          new Goal(VhostClient.Load.PACKED_LARGE, 0.9, 5.3));

  @Override
  public String name() {
    return "vhost";
  }

  @Override
  public String title() {
    return "a virtio-user client of a vhost-user NIC, beside DPDK's vhost device";
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    VhostPlatform.requirePrograms();
    CorePlacement placement = CorePlacement.prepare(yard);
    VhostPlatform platform =
        VhostPlatform.start(yard, NIC, List.of(ENDPOINT), UnaryOperator.identity());
    platform.stayOnDeviceCore(yard.cleanup());
    for (Goal goal : GOALS) {
      ours(platform, goal.load()); // the compiler's time
    }
    for (Goal goal : GOALS) {
      report.add(
          Rounds.inTurn(
              "vhost-user " + goal.load(),
              "Mpps",
              () -> {
                placement.sample();
                return ours(platform, goal.load());
              },
              () -> {
                placement.sample();
                return theirs(goal.load());
              },
              Target.ratioAtLeast(goal.ratio()),
              goal.figure()));
      report.note("  " + placement.describe());
    }
    platform.checkIds();
  }

  private static double ours(VhostPlatform platform, VhostClient.Load load)
      throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      VhostClient client = VhostClient.connect(cleanup, platform.socket(), load);
      double rate = client.measure();
      client.quit();
      return rate;
    }
  }

  private static double theirs(VhostClient.Load load) throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      Path socket = TemporaryFolder.create(cleanup).resolve("nic.sock");
      Testpmd device = dpdkDevice(cleanup, socket);
      VhostClient client = VhostClient.connect(cleanup, socket, load);
      device.forward("macswap");
      double rate = client.measure();
      device.halt();
      client.quit();
      device.quit();
      return rate;
    }
  }

  /** DPDK's vhost device at a socket, on the device's core. */
  static Testpmd dpdkDevice(Cleanup cleanup, Path socket)
      throws RigException, InterruptedException {
    return Testpmd.start(
        cleanup,
        new Testpmd.Setup(
            List.of(Testpmd.vhostDevice(0, socket, 1)),
            List.of(CorePlacement.DEVICE_CORE, CorePlacement.DEVICE_CORE),
            1,
            VhostClient.BUFFERS,
            List.of()));
  }
}
