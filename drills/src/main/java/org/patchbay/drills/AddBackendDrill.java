package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * Follows docs/add-a-backend.md to the letter: its shell blocks, in order, in one shell and an
 * empty folder, up to frames that the new backend counts. So the page cannot say what is no longer
 * true.
 */
final class AddBackendDrill implements Drill {
  private static final Duration LIMIT = Duration.ofSeconds(180);
  private static final String BLOCK_BEGIN = "```sh";
  private static final String BLOCK_END = "```";

  /** Ends with the first command that fails, and takes the platform along. */
  private static final String PREAMBLE =
      """
      set -eu
      platform=
      trap '[ -z "$platform" ] || kill "$platform" 2>/dev/null || :' EXIT
      cd "$FOLDER"
      """;

  @Override
  public String name() {
    return "add-a-backend";
  }

  @Override
  public Optional<String> obstacle() throws RigException {
    Optional<Path> clone = sources();
    if (clone.isEmpty() || !Files.isRegularFile(page(clone.get()))) {
      return Optional.of("the page docs/add-a-backend.md comes with the sources only");
    }
    boolean maven =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "mvn")));
    return maven ? Optional.empty() : Optional.of("there is no mvn in PATH");
  }

  /** The folder of the sources, where the command stands that these drills were called by. */
  private static Optional<Path> sources() {
    String command = System.getProperty("patchbay.command");
    return command == null
        ? Optional.empty()
        : Optional.ofNullable(Path.of(command).toAbsolutePath().getParent());
  }

  private static Path page(Path clone) {
    return clone.resolve("docs").resolve("add-a-backend.md");
  }

  @Override
  public void run(Narrator out) throws RigException, InterruptedException {
    Path clone = sources().orElseThrow();
    Ground.use(
        ground -> {
          String script = PREAMBLE + blocks(page(clone));
          Path file = ground.folder().resolve("page.sh");
          try {
            Files.writeString(file, script);
          } catch (IOException e) {
            throw new RigException(file + " can't be written: " + e.getMessage(), e);
          }
          Tool.Result result =
              Tool.run(
                  LIMIT,
                  Map.of(
                      "PATCHBAY", clone.toString(),
                      "FOLDER", ground.folder().toString(),
                      "JAVA_HOME", System.getProperty("java.home"),
                      "MAVEN_OPTS", ""),
                  List.of("sh", file.toString()));
          out.say(result.out().strip());
          if (result.exit() != 0) {
            throw new RigException(
                "The page's commands ended with " + result.exit() + ": " + result.text());
          }
          PlatformDrill.require(
              result.out().contains("ids outstanding: 0"), "No id was counted: " + result.text());
          return name();
        });
  }

  /** What stands in the page's shell blocks. */
  static String blocks(Path page) throws RigException {
    StringBuilder script = new StringBuilder();
    boolean inside = false;
    try {
      for (String line : Files.readAllLines(page)) {
        if (line.equals(inside ? BLOCK_END : BLOCK_BEGIN)) {
          inside = !inside;
        } else if (inside) {
          script.append(line).append('\n');
        }
      }
    } catch (IOException e) {
      throw new RigException(page + " can't be read: " + e.getMessage(), e);
    }
    return script.toString();
  }
}
