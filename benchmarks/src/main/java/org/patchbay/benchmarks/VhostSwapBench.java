package org.patchbay.benchmarks;

import java.util.List;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.drills.peer.Testpmd;
import org.patchbay.drills.rig.RigException;

/**
 * Plugs of a vhost-user NIC that a client loads as hard as it can, from one backend to another and
 * back; the blackouts beside the round trip of a sleeping eventfd while the client rests, and an
 * account of every frame and id.
 */
final class VhostSwapBench implements Bench {

  private static final int PLUGS_A_ROUND = 700;
  private static final int WARM_UP_PLUGS = 300;
  private static final String NIC = "vhost0";
  private static final List<String> ENDPOINTS = List.of("macswap-a", "macswap-b");

  @Override
  public String name() {
    return "vhost-swap";
  }

  @Override
  public String title() {
    return Rounds.COUNT * PLUGS_A_ROUND
        + " plugs under a saturating virtio-user client: blackout, beside the round trip of a"
        + " sleeping eventfd";
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    VhostPlatform.requirePrograms();
    CorePlacement placement = CorePlacement.prepare(yard);
    String yardstick = PlugSeries.yardstick(yard);
    IdAudit audit = new IdAudit();
    VhostPlatform platform = VhostPlatform.start(yard, NIC, ENDPOINTS, audit::follow);
    VhostClient client =
        VhostClient.connect(yard.cleanup(), platform.socket(), VhostClient.Load.SPLIT_SMALL);
    PlugSeries plugs = new PlugSeries(platform.control(), ENDPOINTS);
    client.load();
    plugs.swap(WARM_UP_PLUGS);
    client.rest();
    PlugSeries.Percentiles[] ours = new PlugSeries.Percentiles[Rounds.COUNT];
    PlugSeries.Percentiles[] theirs = new PlugSeries.Percentiles[Rounds.COUNT];
    for (int round = 0; round < Rounds.COUNT; round++) {
      placement.sample();
      client.load();
      ours[round] = plugs.swap(PLUGS_A_ROUND);
      client.rest();
      theirs[round] = PlugSeries.roundTrips(yardstick);
    }
    PlugSeries.rows("vhost-user swap blackout", ours, theirs).forEach(report::add);
    report.note("  " + placement.describe());
    Testpmd.Counts counts = client.drain();
    account(platform.checkIds(), audit, counts, report);
    client.quit();
  }

  private static void account(
      NicStatistics statistics, IdAudit audit, Testpmd.Counts counts, Report report)
      throws RigException {
    // Between its connection and the first plug the fallback may have dropped frames.
    long lost = counts.sent() - counts.received() - statistics.txDropped();
    report.note(
        "%d queues opened, %d frames sent, %d returned, %d lost by plugs, %d ids misused"
            .formatted(audit.queues(), counts.sent(), counts.received(), lost, audit.faults()));
    report.note("ids outstanding: " + statistics.idsOutstanding());
    if (lost != 0 || audit.faults() != 0) {
      throw new RigException("Not every frame and id came back exactly once.");
    }
  }
}
