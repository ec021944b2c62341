package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the run should know of the machine it is on. */
final class Machine {

  private Machine() {}

  /**
   * Whether the reference figures may be expected here: they come from a guest with two cores of an
   * AMD EPYC.
   */
  static boolean isLikeReference() {
    return Runtime.getRuntime().availableProcessors() == 2 && processor().contains("EPYC");
  }

  /** Whether this process may make network namespaces. */
  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** One line on the machine and its load, for the head of a table. */
  static String description() {
    return "%s, %d cores, %s %s, Java %s, load %s"
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.version(),
            load());
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static String load() {
    try {
      return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    } catch (IOException e) {
      return "unknown";
    }
  }
}
