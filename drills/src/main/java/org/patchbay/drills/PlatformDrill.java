package org.patchbay.drills;

import java.time.Duration;
import java.util.List;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.RigException;

/** A drill about the platform itself, on ground of its own, with what such drills often check. */
abstract class PlatformDrill implements Drill {
  /** The NIC of the default configuration: a probe plugged to loopback. */
  static final String DEFAULT_NIC = "nic0";

  static final Duration LIMIT = Duration.ofSeconds(15);

  /** A configuration file for {@link #DEFAULT_NIC} as the distribution has it. */
  static final List<String> DEFAULT_NIC_LINES = List.of("name=nic0", "plug=loopback", "rate=1000");

  static final String DEFAULT_NIC_FILE = "org.patchbay.probe-nic0.cfg";

  private final String name;

  PlatformDrill(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final void run(Narrator out) throws RigException, InterruptedException {
    Ground.use(
        ground -> {
          run(ground, out);
          return name;
        });
  }

  /** Runs the drill. */
  abstract void run(Ground ground, Narrator out) throws RigException, InterruptedException;

  /** Fails with a sentence unless a condition holds. */
  static void require(boolean condition, String sentence) throws RigException {
    if (!condition) {
      throw new RigException(sentence);
    }
  }

  /** Waits until the default NIC has sent and got back more frames than at the call. */
  static void awaitTraffic(PlatformProcess platform) throws RigException, InterruptedException {
    Await.until("the NIC " + DEFAULT_NIC, LIMIT, () -> platform.ask("stats nic0").done());
    Inspection before = platform.inspect(DEFAULT_NIC);
    long sent = before.number("tx packets");
    long received = before.number("rx packets");
    Await.until(
        "a frame of " + DEFAULT_NIC + " that came back",
        LIMIT,
        () -> {
          Inspection now = platform.inspect(DEFAULT_NIC);
          return now.number("tx packets") > sent && now.number("rx packets") > received;
        });
  }

  /** Tells that no id is outstanding, and ends the platform in order. */
  static void end(PlatformProcess platform, Narrator out)
      throws RigException, InterruptedException {
    long ids = platform.inspect(DEFAULT_NIC).number("ids outstanding");
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  /** Checks that a platform had nothing to say on its terminal but that it was up. */
  static void requireQuiet(PlatformProcess platform) throws RigException {
    requireLines(platform, 1);
  }

  /** Checks how many lines a platform had to say on its terminal, and gives them. */
  static List<String> requireLines(PlatformProcess platform, int count) throws RigException {
    List<String> lines = platform.child().lines().stream().map(Child.Line::text).toList();
    require(lines.size() == count, "The platform's terminal shows: " + String.join(" | ", lines));
    return lines;
  }
}
