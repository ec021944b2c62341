package org.patchbay.itests;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.ops4j.pax.exam.Option;

/** The jars that Maven has copied for the tests, by their artifact's name. */
final class Bundles {

  /** What our bundles need of others, in an order in which it can start. */
  static final List<String> INFRASTRUCTURE =
      List.of(
          "org.apache.felix.log",
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component",
          "org.apache.felix.configadmin",
          "org.apache.felix.eventadmin",
          "org.apache.felix.metatype",
          "org.apache.felix.scr",
          "org.apache.felix.gogo.runtime");

  /** Our bundles, in an order in which they can start. */
  static final List<String> OURS =
      List.of(
          "api-bundle",
          "linux-bundle",
          "frontend-bundle",
          "null-bundle",
          "loopback-bundle",
          "tap-bundle",
          "fault-bundle",
          "disconnectable-bundle",
          "probe-bundle",
          "cable-bundle",
          "vhost-user-bundle",
          "shell-bundle");

  private Bundles() {}

  /** The jar of an artifact. */
  static Path jar(String artifact) {
    String folder =
        Objects.requireNonNull(
            System.getProperty("patchbay.itests.bundles"), "patchbay.itests.bundles is not set");
    return Path.of(folder, artifact + ".jar");
  }

  /** The whole platform, without a NIC. */
  static Option[] platform() {
    return options(
        composite(
            Stream.concat(INFRASTRUCTURE.stream(), OURS.stream())
                .map(artifact -> bundle(jar(artifact).toUri().toString()))
                .toArray(Option[]::new)),
        // Pax Exam brings a log of its own, which would tell every step of its own.
        systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"),
        junitBundles());
  }
}
