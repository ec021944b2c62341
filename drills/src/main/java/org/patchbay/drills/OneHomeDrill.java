package org.patchbay.drills;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * A home is one platform's: a second start in it is refused while the first goes on; after one was
 * killed, the next start takes the home over.
 */
final class OneHomeDrill extends PlatformDrill {
  OneHomeDrill() {
    super("one-home");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    PlatformProcess first = ground.start();
    refuseSecond(ground);
    awaitTraffic(first);
    kill(first.child());
    PlatformProcess next = ground.start();
    awaitTraffic(next);
    end(next, out);
  }

  private static void refuseSecond(Ground ground) throws RigException, InterruptedException {
    Tool.Result second =
        Tool.run(
            LIMIT,
            Map.of(
                "PATCHBAY_HOME",
                ground.home().toString(),
                "JAVA_HOME",
                System.getProperty("java.home")),
            List.of(ground.distribution().command().toString(), "run"));
    require(second.exit() != 0, "A second platform started in the same home");
    String sentence = second.text();
    require(
        sentence.lines().count() == 1 && sentence.contains(ground.home().toString()),
        "The second start was not refused with a sentence about the home: " + sentence);
  }

  private static void kill(Child child) throws RigException, InterruptedException {
    ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly);
    require(child.awaitExit(Duration.ofSeconds(5)).isPresent(), "SIGKILL did not end the platform");
  }
}
