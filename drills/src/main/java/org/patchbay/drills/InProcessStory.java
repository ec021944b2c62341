package org.patchbay.drills;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.SwapRow;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * The story where there is no root: a probe sends a numbered frame each millisecond through
 * loopback, null, loopback, an unplug, a stranger's bundle, and an update in place of that very
 * bundle. Counts are the probe's, which knows each frame by its number.
 */
final class InProcessStory {
  private static final String NIC = "nic0";
  private static final String STRANGER = "mirror";
  private static final String STRANGER_JAR = "mirror.jar";

  /** The probe gives a frame up after two seconds; only then is a loss counted as one. */
  private static final Duration DWELL = Duration.ofMillis(2_600);

  private static final Duration SHORT_DWELL = Duration.ofSeconds(1);
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final Narrator out;
  private final List<StepRow> rows = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  private InProcessStory(Narrator out) {
    this.out = out;
  }

  /** Tells it, and leaves nothing behind. */
  static Story tell(Narrator out) throws RigException, InterruptedException {
    return Ground.use(new InProcessStory(out)::run);
  }

  private Story run(Ground ground) throws RigException, InterruptedException {
    PlatformProcess.prepareHome(
        ground.home(),
        Map.of(
            "org.patchbay.probe-nic0.cfg",
            List.of(
                "name=" + NIC,
                "plug=loopback",
                "rate=1000",
                "window=8192",
                "verify=true",
                "hold=2000")));
    PlatformProcess platform = ground.start();
    awaitSteadyFlow(platform);
    out.say("The probe " + NIC + " sends a numbered frame each millisecond through loopback.");
    move(platform, ground);
    long ids = platform.inspect(NIC).number("ids outstanding");
    out.say("The platform ended " + platform.stop().toMillis() + " ms after SIGTERM.");
    return new Story(rows, "probe flows", ids, faults);
  }

  /**
   * Waits for frames to come back, and until those are counted as lost that the fallback dropped
   * before loopback was first plugged.
   */
  private static void awaitSteadyFlow(PlatformProcess platform)
      throws RigException, InterruptedException {
    Await.until(
        "a steady flow of frames back to the probe",
        LIMIT,
        () -> {
          Inspection nic = platform.inspect(NIC);
          ProbeCounts now = ProbeCounts.of(nic);
          return now.returned() > 0 && now.lost() == nic.number("tx dropped");
        });
  }

  /** A console command, or several. */
  @FunctionalInterface
  private interface Deed {
    void run() throws RigException, InterruptedException;
  }

  private void move(PlatformProcess platform, Ground ground)
      throws RigException, InterruptedException {
    lossless(platform, "on loopback", () -> {});
    dropping(
        platform,
        "plug null, then loopback",
        () -> {
          platform.must("plug " + NIC + " null");
          Thread.sleep(SHORT_DWELL);
          platform.must("plug " + NIC + " loopback");
        });
    lossless(platform, "plug another loopback", () -> platform.must("plug " + NIC + " loopback"));
    lossless(
        platform,
        "unplug, plug again: hold",
        () -> {
          platform.must("unplug " + NIC);
          Thread.sleep(SHORT_DWELL);
          platform.must("plug " + NIC + " loopback");
        });
    Path folder = ground.folder();
    Path loopback = ground.distribution().bundle("loopback-bundle");
    Path first =
        BundleCopy.write(
            BundleCopy.ofLoopback(loopback, STRANGER, "1.0.0"), folder.resolve("first.jar"));
    Path next =
        BundleCopy.write(
            BundleCopy.ofLoopback(loopback, STRANGER, "1.0.1"), folder.resolve("next.jar"));
    lossless(
        platform,
        "deploy a stranger's bundle, plug it",
        () -> {
          platform.deploy(first, STRANGER_JAR);
          Await.until(
              "the endpoint " + STRANGER,
              LIMIT,
              () -> platform.ask("plug " + NIC + " " + STRANGER).done());
        });
    lossless(platform, "update it in place: hold", () -> update(platform, next));
  }

  /** Puts a newer jar in the place of the stranger's, and waits for its return. */
  private static void update(PlatformProcess platform, Path jar)
      throws RigException, InterruptedException {
    long before = lastGeneration(platform);
    platform.deploy(jar, STRANGER_JAR);
    Await.until(
        STRANGER + " gone and back after its bundle's update",
        LIMIT,
        () -> {
          List<SwapRow> since =
              platform.inspect(NIC).swaps().stream()
                  .filter(swap -> swap.generation() > before)
                  .toList();
          return since.size() >= 2
              && since.getFirst().from().equals(STRANGER)
              && since.getFirst().why().equals("left")
              && since.getLast().to().equals(STRANGER);
        });
  }

  private static long lastGeneration(PlatformProcess platform)
      throws RigException, InterruptedException {
    List<SwapRow> swaps = platform.inspect(NIC).swaps();
    return swaps.isEmpty() ? 0 : swaps.getLast().generation();
  }

  private void lossless(PlatformProcess platform, String what, Deed deed)
      throws RigException, InterruptedException {
    long lost = step(platform, what, deed);
    if (lost != 0) {
      faults.add(what + ": " + lost + " frames lost");
    }
  }

  private void dropping(PlatformProcess platform, String what, Deed deed)
      throws RigException, InterruptedException {
    // A count that can't see losses would prove nothing in the other steps.
    if (step(platform, what, deed) == 0) {
      faults.add(what + ": no frame was dropped");
    }
  }

  private long step(PlatformProcess platform, String what, Deed deed)
      throws RigException, InterruptedException {
    ProbeCounts begin = sample(platform);
    long generation = lastGeneration(platform);
    deed.run();
    ProbeCounts done = sample(platform);
    Thread.sleep(DWELL);
    Inspection nic = platform.inspect(NIC);
    ProbeCounts end = ProbeCounts.of(nic);
    List<SwapRow> swaps =
        nic.swaps().stream().filter(swap -> swap.generation() > generation).toList();
    OptionalLong blackout =
        swaps.isEmpty() ? OptionalLong.empty() : swaps.getLast().blackoutMicros();
    boolean alive = end.returned() > done.returned();
    long ids = nic.number("ids outstanding");
    long lost = end.lost() - begin.lost();
    rows.add(
        new StepRow(
            what, blackout, OptionalLong.empty(), end.sent() - begin.sent(), lost, ids, alive));
    judge(what, end, ids, alive);
    out.say(
        String.format(
            "  %-34s probe %s, ids outstanding %d", what, alive ? "flows" : "STANDS", ids));
    return lost;
  }

  private void judge(String what, ProbeCounts end, long ids, boolean alive) {
    if (!end.addUp()) {
      faults.add(what + ": the probe's counts do not add up: " + end);
    }
    if (end.spoiled() + end.skipped() != 0) {
      faults.add(what + ": frames came twice, in another order, changed, or were never sent");
    }
    if (ids != 0) {
      faults.add(what + ": " + ids + " ids outstanding");
    }
    if (!alive) {
      faults.add(what + ": no frame came back afterwards");
    }
  }

  private static ProbeCounts sample(PlatformProcess platform)
      throws RigException, InterruptedException {
    return ProbeCounts.of(platform.inspect(NIC));
  }
}
