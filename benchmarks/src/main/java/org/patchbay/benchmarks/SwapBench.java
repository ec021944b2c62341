package org.patchbay.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.api.control.SwapRecord;
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
  private static final int ROUND_TRIPS = 10_000;
  private static final double MEDIAN_LIMIT = 2;
  private static final double TAIL_LIMIT = 10;

  /** The eventfd's round trip on the reference machine, in microseconds. */
  private static final double MEDIAN_FIGURE = 27;

  private static final double TAIL_FIGURE = 100;

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long QUIET_MILLIS = 200;
  private static final long LOOK_NANOS = 20_000;
  private static final long PAUSE_NANOS = 1_000_000;
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

  /** Two percentiles of one round, in microseconds. */
  private record Percentiles(double median, double tail) {}

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    String yardstick = yard.compile("eventfd_roundtrip");
    EmbeddedPlatform platform = EmbeddedPlatform.start(yard);
    IdAudit audit = new IdAudit();
    for (String endpoint : ENDPOINTS) {
      register(platform, endpoint, audit.follow(new LoopbackEndpoint()));
    }
    configure(platform, "max");
    String filter = "(" + Nic.PROPERTY_NAME + "=" + NIC + ")";
    DisconnectableControl control = platform.service(DisconnectableControl.class, filter);
    Nic nic = platform.service(Nic.class, filter);
    Await.until("a frame through " + NIC, PATIENCE, () -> nic.statistics().rxPackets() > 0);
    swap(control, WARM_UP_PLUGS);
    Percentiles[] ours = new Percentiles[Rounds.COUNT];
    Percentiles[] theirs = new Percentiles[Rounds.COUNT];
    for (int round = 0; round < Rounds.COUNT; round++) {
      ours[round] = swap(control, PLUGS_A_ROUND);
      theirs[round] = roundTrips(yardstick);
    }
    report.add(
        new Row(
            "swap blackout p50",
            "us",
            Arrays.stream(ours).mapToDouble(Percentiles::median).toArray(),
            Arrays.stream(theirs).mapToDouble(Percentiles::median).toArray(),
            Target.ratioAtMost(MEDIAN_LIMIT),
            MEDIAN_FIGURE));
    report.add(
        new Row(
            "swap blackout p99",
            "us",
            Arrays.stream(ours).mapToDouble(Percentiles::tail).toArray(),
            Arrays.stream(theirs).mapToDouble(Percentiles::tail).toArray(),
            Target.ratioAtMost(TAIL_LIMIT),
            TAIL_FIGURE));
    account(platform, nic, audit, report);
  }

  private static void register(EmbeddedPlatform platform, String name, Endpoint endpoint) {
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put(Endpoint.PROPERTY_NAME, name);
    properties.put(Endpoint.PROPERTY_TYPE, endpoint.endpointType());
    properties.put(Endpoint.PROPERTY_ORDERED, endpoint.isOrdered());
    platform.context().registerService(Endpoint.class, endpoint, properties);
  }

  private static void configure(EmbeddedPlatform platform, String rate)
      throws RigException, InterruptedException {
    platform.configure(
        "org.patchbay.probe",
        NIC,
        Map.of("name", NIC, "plug", ENDPOINTS.getFirst(), "rate", rate, "size", "64"));
  }

  /** Plugs the endpoints in turn, each a little after frames flow through the one before. */
  private static Percentiles swap(DisconnectableControl control, int plugs)
      throws RigException, InterruptedException {
    double[] blackouts = new double[plugs];
    for (int i = 0; i < plugs; i++) {
      String from = control.current().orElse("");
      String to = from.equals(ENDPOINTS.get(0)) ? ENDPOINTS.get(1) : ENDPOINTS.get(0);
      blackouts[i] = blackout(control, plug(control, to)) / 1e3;
      // What follows a swap (its event, the old endpoint's release) is to be over before the next.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    Arrays.sort(blackouts);
    return new Percentiles(blackouts[plugs / 2], blackouts[plugs * 99 / 100]);
  }

  private static SwapRecord plug(DisconnectableControl control, String endpoint)
      throws RigException, InterruptedException {
    try {
      SwapRecord swap =
          control
              .plug(endpoint)
              .toCompletableFuture()
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
              .record();
      if (!swap.to().equals(endpoint) || swap.framesLost() != 0) {
        throw new RigException("A plug of " + endpoint + " gave " + swap + ".");
      }
      return swap;
    } catch (ExecutionException | TimeoutException e) {
      throw new RigException("A plug of " + endpoint + " failed: " + e, e);
    }
  }

  /** The swap's blackout in nanoseconds, known once a frame has passed. */
  private static long blackout(DisconnectableControl control, SwapRecord swap) throws RigException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      SwapRecord last = control.records().getLast();
      if (last.generation() == swap.generation() && last.blackoutNanos() >= 0) {
        return last.blackoutNanos();
      }
      // Not spinning: a third busy thread on two cores would lengthen what it waits for.
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new RigException("No frame passed after " + swap + ".");
  }

  private static Percentiles roundTrips(String yardstick)
      throws RigException, InterruptedException {
    String[] nanos = Yard.run(List.of(yardstick, Integer.toString(ROUND_TRIPS))).split(" ", -1);
    return new Percentiles(Double.parseDouble(nanos[0]) / 1e3, Double.parseDouble(nanos[1]) / 1e3);
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
