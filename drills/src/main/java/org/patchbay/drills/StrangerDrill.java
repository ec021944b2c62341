package org.patchbay.drills;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.patchbay.drills.StrangerStage.Line;
import org.patchbay.drills.platform.Footprint;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.SwapRow;
import org.patchbay.drills.platform.VendorJar;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * A stranger's jar arrives in a running platform, half copied for a while, is replaced by a newer
 * version under traffic, deleted, and put back. One NIC has a failover filter and takes loopback
 * while the stranger's endpoint is away, the other has none and drops; both return each time, and
 * no id is lost.
 */
final class StrangerDrill extends PlatformDrill {
  /** Goes on with loopback. */
  private static final String WITH_NEXT = "nic0";

  /** Drops. */
  private static final String ALONE = "nic1";

  private static final int RATE = 1_000;
  private static final Duration FLOW = Duration.ofSeconds(1);

  StrangerDrill() {
    super("stranger");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    Map<String, List<String>> nics = new LinkedHashMap<>();
    List<String> sizes = List.of("size=60,1514,333", "window=4096", "verify=true");
    nics.put(
        WITH_NEXT,
        List.of(
            "plug=loopback",
            "failover=(patchbay.endpoint.type=loopback)",
            "failback=true",
            sizes.get(0),
            sizes.get(1),
            sizes.get(2)));
    nics.put(ALONE, sizes);
    StrangerStage stage = StrangerStage.set(ground, Stranger.vendor(), nics);
    PlatformProcess platform = stage.platform();
    awaitTraffic(platform);
    Footprint before = Footprint.of(platform.child().pid());

    arrive(stage, out);
    replace(stage, out);
    leaveAndReturn(stage, out);
    countAtBothEnds(stage, out);
    goForGood(stage);
    before.awaitNoMore(platform.child().pid(), LIMIT);
    stage.requireCleanFraming();
    long ids = stage.idsOutstanding();
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  private static void arrive(StrangerStage stage, Narrator out)
      throws RigException, InterruptedException {
    PlatformProcess platform = stage.platform();
    require(
        !platform.ask("create stream name=s0 mode=client path=/tmp/none").done(),
        "An endpoint of type stream was made before there was a bundle that has it");
    long swaps = platform.inspect(WITH_NEXT).number("swaps");
    stage.copyIn(stage.stranger().first());
    stage.create();
    require(
        platform.inspect(WITH_NEXT).number("swaps") == swaps,
        "The arrival of the jar moved a NIC that did not ask for it");
    stage.plug();
    for (Line line : stage.lines()) {
      stage.awaitFlow(line);
    }
    stage.requireVersion(VendorJar.FIRST);
    out.say("  the jar arrived, half copied at first; both NICs have their frames through it");
  }

  private static void replace(StrangerStage stage, Narrator out)
      throws RigException, InterruptedException {
    List<Mark> before = Mark.ofAll(stage);
    stage.moveIn(stage.stranger().next());
    returned(stage, before, out);
    stage.requireVersion(VendorJar.NEXT);
  }

  private static void leaveAndReturn(StrangerStage stage, Narrator out)
      throws RigException, InterruptedException {
    List<Mark> before = Mark.ofAll(stage);
    stage.delete();
    PlatformProcess platform = stage.platform();
    Await.until(
        WITH_NEXT + " on loopback",
        LIMIT,
        () -> platform.inspect(WITH_NEXT).swaps().getLast().to().equals("loopback"));
    awaitTraffic(platform);
    long dropped = platform.inspect(ALONE).number("tx dropped");
    Await.until(
        "a frame that " + ALONE + " drops",
        LIMIT,
        () -> platform.inspect(ALONE).number("tx dropped") > dropped);
    stage.copyIn(stage.stranger().next());
    returned(stage, before, out);
  }

  /** What was counted of a line, and how often its NIC had been moved, at one moment. */
  private record Mark(
      Line line, long generation, long sent, long received, long reflected, long back) {

    static Mark of(StrangerStage stage, Line line) throws RigException, InterruptedException {
      Inspection nic = stage.platform().inspect(line.nic());
      return new Mark(
          line,
          stage.generation(line),
          nic.number("tx packets"),
          line.peer().received(),
          line.peer().reflected(),
          nic.number("rx packets"));
    }

    static List<Mark> ofAll(StrangerStage stage) throws RigException, InterruptedException {
      List<Mark> marks = new ArrayList<>();
      for (Line line : stage.lines()) {
        marks.add(of(stage, line));
      }
      return marks;
    }
  }

  /** Waits for both NICs' return, and checks where each was in the meantime. */
  private static void returned(StrangerStage stage, List<Mark> before, Narrator out)
      throws RigException, InterruptedException {
    for (Mark mark : before) {
      Line line = mark.line;
      stage.awaitReturn(line, mark.generation);
      stage.awaitFlow(line);
      List<SwapRow> swaps = stage.since(line, mark.generation);
      String way =
          line.endpoint()
              + swaps.stream().map(swap -> " > " + swap.to()).collect(Collectors.joining());
      String between = line.nic().equals(WITH_NEXT) ? "loopback" : "-";
      String expected = line.endpoint() + " > " + between + " > " + line.endpoint();
      out.say("  " + line.nic() + ": " + way);
      require(way.equals(expected), line.nic() + " went " + way + " instead of " + expected);
    }
  }

  /** Sends a number of frames while nothing is moved: both ends must count the same. */
  private static void countAtBothEnds(StrangerStage stage, Narrator out)
      throws RigException, InterruptedException {
    settle(stage);
    List<Mark> before = Mark.ofAll(stage);
    stage.send(RATE);
    for (Line line : stage.lines()) {
      stage.awaitFlow(line);
    }
    Thread.sleep(FLOW);
    settle(stage);
    for (Mark mark : before) {
      Mark now = Mark.of(stage, mark.line);
      long sent = now.sent - mark.sent;
      long received = now.received - mark.received;
      long reflected = now.reflected - mark.reflected;
      long back = now.back - mark.back;
      String counts =
          String.format(
              "%s sent %d frames, its peer got %d and sent back %d, the NIC got %d",
              mark.line.nic(), sent, received, reflected, back);
      out.say("  " + counts);
      require(
          sent > 0 && sent == received && sent == reflected && sent == back,
          "The counts of both ends differ: " + counts);
    }
  }

  /** Stops the probes, waits until no frame is under way, and checks that their counts add up. */
  private static void settle(StrangerStage stage) throws RigException, InterruptedException {
    stage.send(0);
    for (Line line : stage.lines()) {
      ProbeCounts.awaitRest(stage.platform(), line.nic());
    }
  }

  private static void goForGood(StrangerStage stage) throws RigException, InterruptedException {
    for (Line line : stage.lines()) {
      stage.platform().must("unplug " + line.nic());
      stage.platform().must("delete " + line.endpoint());
    }
    stage.delete();
  }
}
