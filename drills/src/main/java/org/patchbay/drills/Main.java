package org.patchbay.drills;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/**
 * Runs the demo or drills: {@code demo}, {@code drill NAME...}, or {@code test} for all drills.
 *
 * <p>A drill's verdict is a line {@code PASS name}, {@code FAIL name: why} or {@code SKIP name:
 * why}; the last line of several is {@code N passed, N failed, N skipped}. The exit status is 0 if
 * nothing failed, 1 if something did, 2 if the call is wrong.
 */
public final class Main {
  private static final int FAILED = 1;
  private static final int WRONG_CALL = 2;

  private static final List<Drill> DRILLS =
      List.of(
          new StartDrill(),
          new OneHomeDrill(),
          new ArchiveDrill(),
          new ConfigurationDrill(),
          new HotDeploymentDrill(),
          new BadJarsDrill(),
          new AddBackendDrill(),
          new TapDrill(),
          new StoryDrill("kernel-uplink", KernelStory::obstacle, KernelStory::tell),
          new StoryDrill("in-process-uplink", Optional::empty, InProcessStory::tell),
          new StoryDrill("guest-uplink", GuestDrill::guestObstacle, GuestStory::tell),
          new VirtioUserDrill(),
          new PeerKillDrill(),
          new GuestPingDrill(),
          new GuestSwapDrill(),
          new GuestLifeDrill(),
          new GuestGrowthDrill(),
          new GuestStreamDrill(),
          new GuestKillDrill(),
          new TwoGuestsDrill(),
          new PlatformKillDrill(),
          new StrangerDrill(),
          StreamPairDrill.unix(),
          StreamPairDrill.tcp(),
          new StreamQemuDrill(),
          new UnprivilegedDrill());

  private Main() {}

  /**
   * Runs what the arguments name and exits.
   *
   * @param arguments {@code demo}, {@code drill NAME...} or {@code test}
   */
  public static void main(String[] arguments) throws InterruptedException {
    Narrator out = new Narrator(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    List<String> words = List.of(arguments);
    int status;
    if (words.equals(List.of("demo"))) {
      status = Demo.run(out) ? 0 : FAILED;
    } else if (words.equals(List.of("test"))) {
      status = run(DRILLS, out);
    } else if (words.size() > 1 && words.getFirst().equals("drill")) {
      status = runNamed(words.subList(1, words.size()), out);
    } else {
      status = WRONG_CALL;
      System.err.println("Call it with demo, test, or drill and names out of: " + names());
    }
    System.exit(status);
  }

  private static int runNamed(List<String> names, Narrator out) throws InterruptedException {
    List<Drill> wanted = new ArrayList<>();
    for (String name : names) {
      Optional<Drill> drill = DRILLS.stream().filter(one -> one.name().equals(name)).findAny();
      if (drill.isEmpty()) {
        System.err.println("There is no drill " + name + "; there are " + names());
        return WRONG_CALL;
      }
      wanted.add(drill.get());
    }
    return run(wanted, out);
  }

  private static String names() {
    return String.join(", ", DRILLS.stream().map(Drill::name).toList());
  }

  private static int run(List<Drill> drills, Narrator out) throws InterruptedException {
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    for (Drill drill : drills) {
      try {
        Optional<String> obstacle = drill.obstacle();
        if (obstacle.isPresent()) {
          out.say("SKIP " + drill.name() + ": " + obstacle.get());
          skipped++;
          continue;
        }
        drill.run(out);
        out.say("PASS " + drill.name());
        passed++;
      } catch (RigException e) {
        out.say("FAIL " + drill.name() + ": " + e.getMessage());
        failed++;
      } catch (RuntimeException e) { // A drill's own mistake must not hide the other verdicts.
        e.printStackTrace();
        out.say("FAIL " + drill.name() + ": " + e);
        failed++;
      }
    }
    out.say(passed + " passed, " + failed + " failed, " + skipped + " skipped");
    return failed == 0 ? 0 : FAILED;
  }
}
