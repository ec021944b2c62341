package org.patchbay.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;
import org.patchbay.loopback.LoopbackEndpoint;

/**
 * Ten thousand plugs of a NIC that its probe loads as hard as it can, from one loopback to another
 * and back; the blackouts beside the round trip of a sleeping eventfd, and an account of every id.
 */
final class SwapBench implements Bench {

  private static final int PLUGS = 10_000;
  private static final int PLUGS_A_ROUND = (PLUGS + Rounds.COUNT - 1) / Rounds.COUNT;
  private static final int WARM_UP_PLUGS = 500;

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long QUIET_MILLIS = 200;
  private static final String NIC = "nic0";
  private static final List<String> ENDPOINTS = List.of("loop-a", "loop-b");

  @Override
  public String name() {
    return "swap";
  }

  @Override
  public String title() {
    return PLUGS + " plugs under load: blackout, beside the round trip of a sleeping eventfd";
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    String yardstick = PlugSeries.yardstick(yard);
    EmbeddedPlatform platform = EmbeddedPlatform.start(yard);
    IdAudit audit = new IdAudit();
    for (String endpoint : ENDPOINTS) {
      platform.register(endpoint, audit.follow(new LoopbackEndpoint()));
    }
    configure(platform, "max");
    String filter = "(" + Nic.PROPERTY_NAME + "=" + NIC + ")";
    PlugSeries plugs =
        new PlugSeries(platform.service(DisconnectableControl.class, filter), ENDPOINTS);
    Nic nic = platform.service(Nic.class, filter);
    Await.until("a frame through " + NIC, PATIENCE, () -> nic.statistics().rxPackets() > 0);
    plugs.swap(WARM_UP_PLUGS);
    PlugSeries.Percentiles[] ours = new PlugSeries.Percentiles[Rounds.COUNT];
    PlugSeries.Percentiles[] theirs = new PlugSeries.Percentiles[Rounds.COUNT];
    for (int round = 0; round < Rounds.COUNT; round++) {
      ours[round] = plugs.swap(PLUGS_A_ROUND);
      theirs[round] = PlugSeries.roundTrips(yardstick);
    }
    PlugSeries.rows("swap blackout", ours, theirs).forEach(report::add);
    account(platform, nic, audit, report);
  }

  private static void configure(EmbeddedPlatform platform, String rate)
      throws RigException, InterruptedException {
    platform.configure(
        "org.patchbay.probe",
        NIC,
        Map.of("name", NIC, "plug", ENDPOINTS.getFirst(), "rate", rate, "size", "64"));
  }

  /** Lets the probe fall silent, and adds up: nothing may be missing or come twice. */
  private static void account(EmbeddedPlatform platform, Nic nic, IdAudit audit, Report report)
      throws RigException, InterruptedException {
    configure(platform, "0");
    Inspection probe = quiet(nic);
    NicStatistics statistics = nic.statistics();
    // Before the first plug the fallback drops what the probe sends.
    long swallowed = probe.number("lost") - statistics.txDropped();
    report.note(
        ("%d queues opened, %d frames sent, %d returned, %d lost by plugs, %d duplicates,"
                + " %d ids misused")
            .formatted(
                audit.queues(),
                probe.number("sent"),
                probe.number("returned"),
                swallowed,
                probe.number("duplicates"),
                audit.faults() + statistics.refusedIds()));
    report.note("ids outstanding: " + statistics.idsOutstanding());
    if (statistics.idsOutstanding() != 0
        || statistics.refusedIds() != 0
        || audit.faults() != 0
        || swallowed != 0
        || probe.number("duplicates") != 0
        || probe.number("sent") != probe.number("returned") + probe.number("lost")) {
      throw new RigException("Not every id came back exactly once.");
    }
  }

  /** Waits until the silent probe has sent nothing for a while and has nothing in flight. */
  private static Inspection quiet(Nic nic) throws RigException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Inspection before = inspect(nic);
    while (System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(QUIET_MILLIS);
      Inspection now = inspect(nic);
      if (now.number("sent") == before.number("sent")
          && now.number("in flight") == 0
          && now.number("queued") == 0) {
        return now;
      }
      before = now;
    }
    throw new RigException("The probe did not fall silent: " + before + ".");
  }

  private static Inspection inspect(Nic nic) {
    InspectNode node = new InspectNode();
    nic.inspect(node);
    return new Inspection(node.render());
  }
}
