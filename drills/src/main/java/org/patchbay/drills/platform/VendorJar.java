package org.patchbay.drills.platform;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/**
 * The bundle with the {@code stream} backend, which is built outside of this project's reactor as a
 * third party would: {@code examples/vendor-backend}.
 */
public final class VendorJar {
  /** The version that an operator installs first. */
  public static final String FIRST = "1.0.0";

  /** The one that replaces it. */
  public static final String NEXT = "1.0.1";

  private static final Path RELEASES = Path.of("examples", "vendor-backend", "target", "releases");

  private VendorJar() {}

  /**
   * The jar of a version.
   *
   * @throws RigException with what builds it, if it is not there
   */
  public static Path of(String version) throws RigException {
    Path root =
        sources()
            .orElseThrow(
                () ->
                    new RigException(
                        "The vendor's backend is built in the sources of Patchbay only, which are"
                            + " not here."));
    Path jar = root.resolve(RELEASES).resolve("stream-backend-" + version + ".jar");
    if (!Files.isRegularFile(jar)) {
      throw new RigException(
          "There is no " + jar + "; './patchbay test' and './patchbay demo' build it.");
    }
    return jar;
  }

  /** The folder of the sources that this distribution was built from, if it is there. */
  public static Optional<Path> sources() {
    return Optional.ofNullable(System.getProperty("patchbay.command"))
        .map(command -> Path.of(command).toAbsolutePath().getParent())
        .filter(root -> Files.isRegularFile(root.resolve("pom.xml")));
  }
}
