package org.patchbay.drills;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.patchbay.drills.StrangerStage.Line;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.SwapRow;
import org.patchbay.drills.platform.VendorJar;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * The story of a stranger's jar: it arrives in {@code deploy/} of a running platform, is replaced
 * by a newer one and leaves, while a probe sends a numbered frame each millisecond. Where the
 * sources are, the stranger is the vendor's backend, else a bundle that the distribution brings but
 * does not start. Needs no root.
 */
final class StrangerStory {
  private static final String NIC = "nic0";

  /** The probe gives a frame up after two seconds; only then is a loss counted as one. */
  private static final Duration DWELL = Duration.ofMillis(2_200);

  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final Narrator out;
  private final List<StepRow> rows = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  private StrangerStory(Narrator out) {
    this.out = out;
  }

  /** Tells it, and leaves nothing behind. */
  static Story tell(Narrator out) throws RigException, InterruptedException {
    return Ground.use(new StrangerStory(out)::run);
  }

  private Story run(Ground ground) throws RigException, InterruptedException {
    Stranger stranger =
        VendorJar.sources().isPresent()
            ? Stranger.vendor()
            : Stranger.optional(ground.distribution());
    StrangerStage stage =
        StrangerStage.set(
            ground,
            stranger,
            Map.of(
                NIC,
                List.of(
                    "plug=loopback",
                    "failover=(patchbay.endpoint.type=loopback)",
                    "failback=true",
                    "window=8192",
                    "verify=true",
                    "hold=2000")));
    Line line = stage.lines().getFirst();
    Await.until(
        "a frame that came back", LIMIT, () -> counts(stage).returned() > counts(stage).lost());
    out.say("");
    out.say(
        "The probe "
            + NIC
            + " sends through loopback, when "
            + stranger.words()
            + " is dropped in:");
    step(
        stage,
        stranger.words() + " arrives, plug s0",
        () -> {
          stage.moveIn(stranger.first());
          stage.create();
          stage.plug();
          stage.awaitFlow(line);
        });
    step(
        stage,
        "its jar is replaced: " + stranger.nextWords(),
        () -> {
          long before = stage.generation(line);
          stage.moveIn(stranger.next());
          stage.awaitReturn(line, before);
          stage.awaitFlow(line);
        });
    step(
        stage,
        "its jar is deleted: next is loopback",
        () -> {
          stage.delete();
          UplinkSteps.awaitCurrent(stage.platform(), NIC, "loopback");
        });
    line.peer().fault().ifPresent(faults::add);
    long ids = stage.idsOutstanding();
    stage.platform().stop();
    return new Story(rows, "probe flows", ids, faults);
  }

  /** What is done to the jar. */
  @FunctionalInterface
  private interface Deed {
    void run() throws RigException, InterruptedException;
  }

  private void step(StrangerStage stage, String what, Deed deed)
      throws RigException, InterruptedException {
    ProbeCounts begin = counts(stage);
    long generation = stage.generation(stage.lines().getFirst());
    deed.run();
    ProbeCounts done = counts(stage);
    Thread.sleep(DWELL);
    Inspection nic = stage.platform().inspect(NIC);
    ProbeCounts end = ProbeCounts.of(nic);
    List<SwapRow> swaps =
        nic.swaps().stream().filter(swap -> swap.generation() > generation).toList();
    boolean alive = end.returned() > done.returned();
    long ids = nic.number("ids outstanding");
    rows.add(
        new StepRow(
            what,
            swaps.isEmpty() ? OptionalLong.empty() : swaps.getLast().blackoutMicros(),
            OptionalLong.empty(),
            end.sent() - begin.sent(),
            end.lost() - begin.lost(),
            ids,
            alive));
    judge(what, end, ids, alive);
    out.say(
        String.format(
            "  %-41s probe %s, ids outstanding %d", what, alive ? "flows" : "STANDS", ids));
  }

  private void judge(String what, ProbeCounts end, long ids, boolean alive) {
    if (!end.addUp() || end.spoiled() + end.skipped() != 0) {
      faults.add(what + ": the probe's counts do not add up: " + end);
    }
    if (ids != 0) {
      faults.add(what + ": " + ids + " ids outstanding");
    }
    if (!alive) {
      faults.add(what + ": no frame came back afterwards");
    }
  }

  private static ProbeCounts counts(StrangerStage stage) throws RigException, InterruptedException {
    return ProbeCounts.of(stage.platform().inspect(NIC));
  }
}
