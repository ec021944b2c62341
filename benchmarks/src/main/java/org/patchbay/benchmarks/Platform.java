package org.patchbay.benchmarks;

import java.util.List;

/** How the platform's own JVM runs, so that a subject measured by itself meets the same. */
final class Platform {

  /** The options of {@code ./patchbay run}. */
  static final List<String> JVM_OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms64m",
          "-Xmx256m",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private Platform() {}
}
