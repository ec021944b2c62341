package org.patchbay.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;

/**
 * Cold start of the distribution in a new home, from the call of the command to a frame that came
 * back through {@code nic0}; beside it the same third-party bundles in a bare framework.
 */
final class StartBench implements Bench {

  private static final double LIMIT_SECONDS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String NIC = "nic0";

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String title() {
    return "cold start to the first frame through nic0, beside a bare Felix with the same bundles";
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    report.add(
        Rounds.inTurn(
            "start to first frame (target: ours)",
            "s",
            () -> ours(yard),
            () -> theirs(yard),
            Target.valueAtMost(LIMIT_SECONDS),
            Row.NO_FIGURE));
  }

  private static double ours(Yard yard) throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      Path home = TemporaryFolder.create(cleanup).resolve("home");
      long begin = System.nanoTime();
      PlatformProcess platform =
          PlatformProcess.start(
              cleanup,
              yard.distribution(),
              home,
              Map.of("JAVA_HOME", System.getProperty("java.home")));
      Await.until(
          "a frame back through " + NIC,
          PATIENCE,
          () -> platform.ask("stats " + NIC).done() && received(platform) > 0);
      double seconds = (System.nanoTime() - begin) / 1e9;
      platform.stop();
      return seconds;
    }
  }

  private static long received(PlatformProcess platform) throws RigException, InterruptedException {
    return platform.inspect(NIC).number("rx packets");
  }

  private static double theirs(Yard yard) throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      Path storage = TemporaryFolder.create(cleanup);
      List<String> command =
          new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
      command.addAll(Platform.JVM_OPTIONS);
      command.addAll(
          List.of(
              "-cp",
              System.getProperty("java.class.path"),
              BareFelix.class.getName(),
              yard.distribution().folder().resolve("bundle").toString(),
              storage.toString()));
      long begin = System.nanoTime();
      Child felix = Child.start(cleanup, "the bare Felix", Map.of(), command);
      felix.awaitLine("that it is up", PATIENCE, line -> line.text().equals(BareFelix.UP));
      double seconds = (System.nanoTime() - begin) / 1e9;
      felix.awaitExit(PATIENCE);
      return seconds;
    }
  }
}
