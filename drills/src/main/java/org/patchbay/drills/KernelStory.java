package org.patchbay.drills;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.SwapRow;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Frame;
import org.patchbay.drills.rig.FrameAccount;
import org.patchbay.drills.rig.FrameAccount.Tally;
import org.patchbay.drills.rig.RigException;

/**
 * The story of a host whose uplink moves: namespace H has one interface, a TAP of the platform's,
 * cabled to a disconnectable uplink; namespace S offers two persistent TAPs at one bridge. The
 * uplink goes from one to the other, to null, back, and through two deleted configurations, while H
 * pings each millisecond and keeps one TCP stream. Needs root.
 */
final class KernelStory {
  /** The NIC that is moved: the cable's side towards S. */
  private static final String UPLINK = "c0.b";

  private static final String HOST_SIDE = "c0.a";
  private static final int STREAM_SECONDS = 26;
  private static final Duration DWELL = Duration.ofSeconds(3);
  private static final Duration SHORT_DWELL = Duration.ofSeconds(1);

  /** How long tap2 stays away; its return must be over within a second. */
  private static final Duration ABSENCE = Duration.ofMillis(500);

  private static final Duration ABSENCE_LIMIT = Duration.ofSeconds(1);
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Far above any blackout of a planned swap, far below a stop of the traffic. */
  private static final Duration GAP_LIMIT = Duration.ofSeconds(1);

  /** A frame that is on its way when a command is given counts for the command's step. */
  private static final long UNDER_WAY_NANOS = 5_000_000;

  /** What is to happen to H's frames in a step. */
  private enum Expected {
    /** All pass, without a pause. */
    PASS,
    /** All are dropped, by design, until the next step has ended that. */
    DROP,
    /** All pass, after a pause that is there by design. */
    PASS_AFTER_PAUSE
  }

  /** What was noted when a step had been done; the frames are counted at the end. */
  private record Step(
      String what,
      Expected expected,
      long beginNanos,
      OptionalLong blackout,
      long ids,
      boolean alive) {}

  private final Narrator out;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  private KernelStory(Narrator out) {
    this.out = out;
  }

  /** What this machine lacks for it. */
  static Optional<String> obstacle() throws RigException, InterruptedException {
    return KernelNetwork.obstacle();
  }

  /** Tells it, and leaves nothing behind. */
  static Story tell(Narrator out) throws RigException, InterruptedException {
    return Ground.use(new KernelStory(out)::run);
  }

  private Story run(Ground ground) throws RigException, InterruptedException {
    KernelNetwork network = KernelNetwork.create(ground.cleanup());
    ground.leftovers().namespace(network.host()).namespace(network.server());
    PlatformProcess.prepareHome(
        ground.home(),
        Map.of(
            "org.patchbay.cable-c0.cfg",
            List.of(
                "name=c0",
                "a.plug=host",
                "b.plug=tap1",
                "b.failover=(patchbay.endpoint.type=tap)",
                "b.hold=2000")));
    PlatformProcess platform = ground.start();
    connect(platform, network);
    out.say(
        "H ("
            + KernelNetwork.HOST_ADDRESS
            + ") reaches S ("
            + KernelNetwork.SERVER_ADDRESS
            + ") through the platform: host0 ~ cable c0 ~ tap1.");
    KernelTraffic traffic =
        KernelTraffic.start(ground.cleanup(), network, ground.folder(), STREAM_SECONDS);
    out.say("H pings S each millisecond and holds a TCP stream to it.");
    move(platform, traffic, network.server().name());
    long ids = idsOutstanding(platform);
    KernelTraffic.Counts counts = traffic.finish(Duration.ofSeconds(STREAM_SECONDS));
    faults.addAll(counts.faults());
    List<StepRow> rows = account(counts);
    out.say("The platform ended " + platform.stop().toMillis() + " ms after SIGTERM.");
    return new Story(rows, "TCP alive", ids, faults);
  }

  private static void connect(PlatformProcess platform, KernelNetwork network)
      throws RigException, InterruptedException {
    createTap(platform, "host", KernelNetwork.HOST_DEVICE, network.host().name());
    network.addressHost();
    for (String tap : List.of("tap1", "tap2")) {
      createTap(platform, tap, tap, network.server().name());
    }
    awaitCurrent(platform, HOST_SIDE, "host");
    awaitCurrent(platform, UPLINK, "tap1");
  }

  private static void createTap(PlatformProcess platform, String name, String device, String where)
      throws RigException, InterruptedException {
    platform.must("create tap name=" + name + " ifname=" + device + " netns=" + where);
  }

  private static void awaitCurrent(PlatformProcess platform, String nic, String endpoint)
      throws RigException, InterruptedException {
    Await.until(
        endpoint + " plugged to " + nic,
        LIMIT,
        () -> {
          List<SwapRow> swaps = platform.inspect(nic).swaps();
          return !swaps.isEmpty() && swaps.getLast().to().equals(endpoint);
        });
  }

  /** A console command, or several. */
  @FunctionalInterface
  private interface Deed {
    void run() throws RigException, InterruptedException;
  }

  private void move(PlatformProcess platform, KernelTraffic traffic, String where)
      throws RigException, InterruptedException {
    step(platform, traffic, "on tap1", Expected.PASS, () -> {});
    step(platform, traffic, "plug tap2", Expected.PASS, () -> plug(platform, "tap2"));
    step(platform, traffic, "plug null", Expected.DROP, () -> plug(platform, "null"));
    step(platform, traffic, "plug tap1", Expected.PASS_AFTER_PAUSE, () -> plug(platform, "tap1"));
    step(
        platform,
        traffic,
        "delete tap1: failover to tap2",
        Expected.PASS,
        () -> {
          platform.must("delete tap1");
          awaitCurrent(platform, UPLINK, "tap2");
        });
    step(
        platform,
        traffic,
        "delete tap2, make it again: hold",
        Expected.PASS_AFTER_PAUSE,
        () -> makeAgain(platform, where));
  }

  private static void plug(PlatformProcess platform, String endpoint)
      throws RigException, InterruptedException {
    platform.must("plug " + UPLINK + " " + endpoint);
  }

  private void makeAgain(PlatformProcess platform, String where)
      throws RigException, InterruptedException {
    long begin = System.nanoTime();
    platform.must("delete tap2");
    Thread.sleep(ABSENCE);
    createTap(platform, "tap2", "tap2", where);
    Duration absence = Duration.ofNanos(System.nanoTime() - begin);
    awaitCurrent(platform, UPLINK, "tap2");
    if (absence.compareTo(ABSENCE_LIMIT) > 0) {
      faults.add("tap2 was away for " + absence.toMillis() + " ms, not for less than a second");
    }
  }

  private void step(
      PlatformProcess platform, KernelTraffic traffic, String what, Expected expected, Deed deed)
      throws RigException, InterruptedException {
    long begin = nanosSinceEpoch(Instant.now()) - UNDER_WAY_NANOS;
    int swapsBefore = platform.inspect(UPLINK).swaps().size();
    deed.run();
    Instant done = Instant.now();
    Thread.sleep(expected == Expected.DROP ? SHORT_DWELL : DWELL);
    // While all is dropped the stream can only wait; that it did is seen in the next step.
    boolean alive =
        traffic.streamIsOpen() && (expected == Expected.DROP || traffic.streamFlows(done, LIMIT));
    Inspection uplink = platform.inspect(UPLINK);
    OptionalLong blackout =
        uplink.swaps().size() > swapsBefore
            ? uplink.swaps().getLast().blackoutMicros()
            : OptionalLong.empty();
    long ids = idsOutstanding(platform);
    steps.add(new Step(what, expected, begin, blackout, ids, alive));
    out.say(
        String.format("  %-34s TCP %s, ids outstanding %d", what, alive ? "alive" : "DEAD", ids));
  }

  private static long idsOutstanding(PlatformProcess platform)
      throws RigException, InterruptedException {
    return platform.inspect(UPLINK).number("ids outstanding")
        + platform.inspect(HOST_SIDE).number("ids outstanding");
  }

  private List<StepRow> account(KernelTraffic.Counts counts) {
    List<Tally> tallies =
        FrameAccount.of(counts.begin(), counts.hostAddress(), counts.end(), spans(counts));
    List<StepRow> rows = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      Tally tally = tallies.get(i);
      judge(step, tally);
      rows.add(
          new StepRow(
              step.what,
              step.blackout,
              OptionalLong.of(tally.longestGapNanos() / 1_000),
              tally.sent(),
              tally.lost(),
              step.ids,
              step.alive));
    }
    return rows;
  }

  /**
   * When each step's account begins. What H sends until the first frame has passed again after a
   * step that drops everything still belongs to that step.
   */
  private List<Long> spans(KernelTraffic.Counts counts) {
    List<Long> spans = new ArrayList<>();
    Expected before = Expected.PASS;
    for (Step step : steps) {
      spans.add(
          before == Expected.DROP
              ? firstArrival(counts, step.beginNanos).orElse(step.beginNanos)
              : step.beginNanos);
      before = step.expected;
    }
    return spans;
  }

  private static OptionalLong firstArrival(KernelTraffic.Counts counts, long since) {
    return counts.end().stream()
        .filter(frame -> frame.isFrom(counts.hostAddress()))
        .mapToLong(Frame::nanos)
        .filter(nanos -> nanos > since)
        .min();
  }

  private void judge(Step step, Tally tally) {
    if (tally.sent() == 0) {
      faults.add(step.what + ": H sent nothing");
    }
    if (step.expected != Expected.DROP && tally.lost() != 0) {
      faults.add(step.what + ": " + tally.lost() + " of H's frames lost");
    }
    // A count that can't see losses would prove nothing in the other steps.
    if (step.expected == Expected.DROP && tally.lost() == 0) {
      faults.add(step.what + ": none of H's frames was dropped");
    }
    if (step.expected == Expected.PASS && tally.longestGapNanos() > GAP_LIMIT.toNanos()) {
      faults.add(step.what + ": no frame came for " + tally.longestGapNanos() / 1_000_000 + " ms");
    }
    if (tally.reordered() != 0) {
      faults.add(step.what + ": " + tally.reordered() + " of H's pings came after later ones");
    }
    if (tally.duplicated() != 0) {
      faults.add(step.what + ": " + tally.duplicated() + " of H's frames came twice");
    }
    if (step.ids != 0) {
      faults.add(step.what + ": " + step.ids + " ids outstanding");
    }
    if (!step.alive) {
      faults.add(step.what + ": the TCP stream did not go on");
    }
  }

  private static long nanosSinceEpoch(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }
}
