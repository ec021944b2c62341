package org.patchbay.drills;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.SwapRow;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.FrameTally;
import org.patchbay.drills.rig.RigException;

/**
 * The steps of a story about a NIC that is moved under traffic: from tap1 to tap2, which are at one
 * bridge, to null, back, and through two deleted configurations. What the traffic's frames did is
 * told afterwards, and judged.
 */
final class UplinkSteps {
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

  /** How long a stream has to last that is to outlast all steps. */
  static final int SECONDS = 23;

  /** A stream of bytes that goes on all the time. */
  interface Stream {
    /** Whether neither end has given it up. */
    boolean isOpen();

    /** Whether, within the limit, bytes arrive that were sent after a point in time. */
    boolean flows(Instant since, Duration limit) throws InterruptedException;
  }

  /** What is to happen to the frames in a step. */
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

  /** A console command, or several. */
  @FunctionalInterface
  private interface Deed {
    void run() throws RigException, InterruptedException;
  }

  private final Narrator out;
  private final PlatformProcess platform;
  private final String uplink;
  private final List<String> nics;
  private final Stream stream;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  /**
   * Made when the traffic flows.
   *
   * @param uplink the NIC that is moved; it is on tap1
   * @param nics the NICs whose ids are counted, the uplink among them
   */
  UplinkSteps(
      Narrator out, PlatformProcess platform, String uplink, List<String> nics, Stream stream) {
    this.out = out;
    this.platform = platform;
    this.uplink = uplink;
    this.nics = nics;
    this.stream = stream;
  }

  /** Makes the endpoint of an existing TAP in a namespace. */
  static void createTap(PlatformProcess platform, String name, String device, String where)
      throws RigException, InterruptedException {
    platform.must("create tap name=" + name + " ifname=" + device + " netns=" + where);
  }

  /** Waits until an endpoint is plugged to a NIC. */
  static void awaitCurrent(PlatformProcess platform, String nic, String endpoint)
      throws RigException, InterruptedException {
    Await.until(
        endpoint + " plugged to " + nic,
        LIMIT,
        () -> {
          List<SwapRow> swaps = platform.inspect(nic).swaps();
          return !swaps.isEmpty() && swaps.getLast().to().equals(endpoint);
        });
  }

  /**
   * Takes all steps.
   *
   * @param where the namespace of the TAPs
   */
  void take(String where) throws RigException, InterruptedException {
    step("on tap1", Expected.PASS, () -> {});
    step("plug tap2", Expected.PASS, () -> plug("tap2"));
    step("plug null", Expected.DROP, () -> plug("null"));
    step("plug tap1", Expected.PASS_AFTER_PAUSE, () -> plug("tap1"));
    step(
        "delete tap1: failover to tap2",
        Expected.PASS,
        () -> {
          platform.must("delete tap1");
          awaitCurrent(platform, uplink, "tap2");
        });
    step("delete tap2, make it again: hold", Expected.PASS_AFTER_PAUSE, () -> makeAgain(where));
  }

  private void plug(String endpoint) throws RigException, InterruptedException {
    platform.must("plug " + uplink + " " + endpoint);
  }

  private void makeAgain(String where) throws RigException, InterruptedException {
    long begin = System.nanoTime();
    platform.must("delete tap2");
    Thread.sleep(ABSENCE);
    createTap(platform, "tap2", "tap2", where);
    Duration absence = Duration.ofNanos(System.nanoTime() - begin);
    awaitCurrent(platform, uplink, "tap2");
    if (absence.compareTo(ABSENCE_LIMIT) > 0) {
      faults.add("tap2 was away for " + absence.toMillis() + " ms, not for less than a second");
    }
  }

  private void step(String what, Expected expected, Deed deed)
      throws RigException, InterruptedException {
    long begin = nanosSinceEpoch(Instant.now()) - UNDER_WAY_NANOS;
    int swapsBefore = platform.inspect(uplink).swaps().size();
    deed.run();
    Instant done = Instant.now();
    Thread.sleep(expected == Expected.DROP ? SHORT_DWELL : DWELL);
    // While all is dropped the stream can only wait; that it did is seen in the next step.
    boolean alive = stream.isOpen() && (expected == Expected.DROP || stream.flows(done, LIMIT));
    Inspection inspection = platform.inspect(uplink);
    OptionalLong blackout =
        inspection.swaps().size() > swapsBefore
            ? inspection.swaps().getLast().blackoutMicros()
            : OptionalLong.empty();
    long ids = idsOutstanding();
    steps.add(new Step(what, expected, begin, blackout, ids, alive));
    out.say(
        String.format("  %-34s TCP %s, ids outstanding %d", what, alive ? "alive" : "DEAD", ids));
  }

  /** Ids that the ledgers of all NICs miss now. */
  long idsOutstanding() throws RigException, InterruptedException {
    long ids = 0;
    for (String nic : nics) {
      ids += platform.inspect(nic).number("ids outstanding");
    }
    return ids;
  }

  /**
   * When each step's account begins, in nanoseconds since 1970. What is sent until the first frame
   * has passed again after a step that drops everything still belongs to that step.
   *
   * @param arrivals when frames of the sender arrived, in any order
   */
  List<Long> spans(long[] arrivals) {
    List<Long> spans = new ArrayList<>();
    Expected before = Expected.PASS;
    for (Step step : steps) {
      long begin = step.beginNanos;
      spans.add(
          before == Expected.DROP
              ? LongStream.of(arrivals).filter(nanos -> nanos > begin).min().orElse(begin)
              : begin);
      before = step.expected;
    }
    return spans;
  }

  /** Judges each step; the tallies are those of the {@link #spans}. */
  List<StepRow> judge(List<FrameTally> tallies) {
    List<StepRow> rows = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      FrameTally tally = tallies.get(i);
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

  private void judge(Step step, FrameTally tally) {
    if (tally.sent() == 0) {
      faults.add(step.what + ": nothing was sent");
    }
    if (step.expected != Expected.DROP && tally.lost() != 0) {
      faults.add(step.what + ": " + tally.lost() + " frames lost");
    }
    // A count that can't see losses would prove nothing in the other steps.
    if (step.expected == Expected.DROP && tally.lost() == 0) {
      faults.add(step.what + ": no frame was dropped");
    }
    if (step.expected == Expected.PASS && tally.longestGapNanos() > GAP_LIMIT.toNanos()) {
      faults.add(step.what + ": no frame came for " + tally.longestGapNanos() / 1_000_000 + " ms");
    }
    if (tally.reordered() != 0) {
      faults.add(step.what + ": " + tally.reordered() + " pings came after later ones");
    }
    if (tally.duplicated() != 0) {
      faults.add(step.what + ": " + tally.duplicated() + " frames came twice");
    }
    if (step.ids != 0) {
      faults.add(step.what + ": " + step.ids + " ids outstanding");
    }
    if (!step.alive) {
      faults.add(step.what + ": the TCP stream did not go on");
    }
  }

  /** What should not have been, one phrase each. */
  List<String> faults() {
    return faults;
  }

  private static long nanosSinceEpoch(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }
}
