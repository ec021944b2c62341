package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.platform.Distribution;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * Where a bench stands: the project's folder, and the cleanup that ends and removes whatever the
 * bench starts and makes.
 *
 * @param root the project's folder
 * @param cleanup undoes what the bench makes
 */
record Yard(Path root, Cleanup cleanup) {

  private static final Duration COMPILE_LIMIT = Duration.ofSeconds(60);
  private static final Duration RUN_LIMIT = Duration.ofSeconds(60);

  /** Where results and compiled yardsticks go. */
  Path target() {
    return root.resolve("benchmarks/target");
  }

  /** The assembled platform of this source tree. */
  Distribution distribution() {
    return Distribution.in(root.resolve("distribution/target/patchbay"));
  }

  /** Compiles a yardstick with the machine's C compiler, and gives the program. */
  String compile(String name) throws RigException, InterruptedException {
    Path source = root.resolve("benchmarks/src/main/c/" + name + ".c");
    Path program = target().resolve("c").resolve(name);
    try {
      Files.createDirectories(target().resolve("c"));
    } catch (IOException e) {
      throw new RigException("The folder of " + program + " can't be made: " + e.getMessage(), e);
    }
    run(
        COMPILE_LIMIT,
        List.of(
            "cc",
            "-std=c11",
            "-D_DEFAULT_SOURCE",
            "-O2",
            "-pthread",
            "-o",
            program.toString(),
            source.toString()));
    return program.toString();
  }

  /** Runs a yardstick to its end and gives its output, without white space around. */
  static String run(List<String> command) throws RigException, InterruptedException {
    return run(RUN_LIMIT, command).strip();
  }

  private static String run(Duration limit, List<String> command)
      throws RigException, InterruptedException {
    Tool.Result result = Tool.run(limit, Map.of(), command);
    if (result.exit() != 0) {
      throw new RigException(
          String.join(" ", command) + " exited with " + result.exit() + ": " + result.text());
    }
    return result.out();
  }
}
