package org.patchbay.drills;

import java.nio.file.Path;
import java.util.Map;
import org.patchbay.drills.platform.Distribution;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.CommandPrefix;
import org.patchbay.drills.rig.Leftovers;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;

/**
 * What a drill stands on: the distribution, a folder of its own, and the cleanup that removes
 * everything when the drill ends.
 *
 * @param distribution the platform to start
 * @param folder a new, empty folder
 * @param cleanup undoes what the drill makes
 * @param leftovers is told what must be gone after that
 */
record Ground(Distribution distribution, Path folder, Cleanup cleanup, Leftovers leftovers) {

  /** What a drill does on its ground. */
  @FunctionalInterface
  interface Body<T> {
    /** Does it. */
    T run(Ground ground) throws RigException, InterruptedException;
  }

  /**
   * Runs a body on new ground and checks afterwards that nothing remains.
   *
   * @return what the body answers
   */
  static <T> T use(Body<T> body) throws RigException, InterruptedException {
    Distribution distribution = Distribution.ours();
    Leftovers leftovers = new Leftovers();
    T answer;
    try (Cleanup cleanup = Cleanup.open()) {
      Path folder = TemporaryFolder.create(cleanup);
      leftovers.file(folder);
      answer = body.run(new Ground(distribution, folder, cleanup, leftovers));
    }
    leftovers.check();
    return answer;
  }

  /** The home of the platform, inside the folder. */
  Path home() {
    return folder.resolve("home");
  }

  /** Starts the distribution in the home with this process's JDK. */
  PlatformProcess start() throws RigException, InterruptedException {
    return start(CommandPrefix.NONE, distribution, home());
  }

  /** Starts a distribution in a home with this process's JDK. */
  PlatformProcess start(CommandPrefix prefix, Distribution which, Path home)
      throws RigException, InterruptedException {
    return start(prefix, which, home, Map.of("JAVA_HOME", System.getProperty("java.home")));
  }

  /** Starts a distribution in the home. */
  PlatformProcess start(Distribution which, Map<String, String> environment)
      throws RigException, InterruptedException {
    return start(CommandPrefix.NONE, which, home(), environment);
  }

  /** Starts a distribution in a home; its process must be gone at the end. */
  private PlatformProcess start(
      CommandPrefix prefix, Distribution which, Path home, Map<String, String> environment)
      throws RigException, InterruptedException {
    PlatformProcess platform = PlatformProcess.start(cleanup, prefix, which, home, environment);
    leftovers.process(platform.child());
    return platform;
  }
}
