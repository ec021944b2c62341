package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.patchbay.drills.platform.Distribution;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * The packed distribution on a machine that has a JDK in its PATH, but no Maven, no git, none of
 * our variables, and not the sources.
 */
final class ArchiveDrill extends PlatformDrill {
  private static final List<String> NOT_THERE = List.of("mvn", "mvnDebug", "git", "java", "javac");

  ArchiveDrill() {
    super("archive");
  }

  @Override
  public Optional<String> obstacle() throws RigException {
    Distribution ours = Distribution.ours();
    return ours.archive().isPresent()
        ? Optional.empty()
        : Optional.of("there is no patchbay-*.tar.gz beside " + ours.folder());
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    Path archive = ground.distribution().archive().orElseThrow();
    Path unpacked = unpack(archive, ground.folder());
    Map<String, String> environment =
        Map.of(
            "PATH",
            Path.of(System.getProperty("java.home"), "bin") + ":" + programs(ground.folder()),
            "JAVA_HOME",
            "",
            "MAVEN_OPTS",
            "",
            "PATCHBAY_JAVA_OPTS",
            "",
            "HOME",
            ground.folder().toString());
    PlatformProcess platform = ground.start(Distribution.in(unpacked), environment);
    awaitTraffic(platform);
    Tool.Result nics = platform.exec("nics");
    require(
        nics.exit() == 0 && nics.out().contains(DEFAULT_NIC),
        "exec nics exited with " + nics.exit() + ": " + nics.text());
    end(platform, out);
  }

  private static Path unpack(Path archive, Path folder) throws RigException, InterruptedException {
    Path target = folder.resolve("unpacked");
    try {
      Files.createDirectory(target);
      Tool.must(List.of("tar", "-xzf", archive.toString(), "-C", target.toString()));
      try (var entries = Files.list(target)) {
        List<Path> top = entries.toList();
        require(top.size() == 1, "The archive does not hold one folder, but " + top);
        return top.getFirst();
      }
    } catch (IOException e) {
      throw new RigException(archive + " can't be unpacked: " + e.getMessage(), e);
    }
  }

  /** A folder with links to the system's programs, without those that must not be needed. */
  private static Path programs(Path folder) throws RigException {
    Path links = folder.resolve("bin");
    try {
      Files.createDirectory(links);
      for (String source : List.of("/usr/bin", "/bin")) {
        try (var programs = Files.newDirectoryStream(Path.of(source))) {
          for (Path program : programs) {
            String name = program.getFileName().toString();
            Path link = links.resolve(name);
            if (!NOT_THERE.contains(name) && Files.notExists(link)) {
              Files.createSymbolicLink(link, program);
            }
          }
        }
      }
      return links;
    } catch (IOException e) {
      throw new RigException("The system's programs can't be linked: " + e.getMessage(), e);
    }
  }
}
