package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * Follows docs/add-a-backend.md to the letter: its shell blocks, in order, in one shell and an
 * empty folder, up to frames that the new backend counts and to its end. So the page cannot say
 * what is no longer true. The shell begins with a umask that lets groups write, as some systems
 * have it.
 */
final class AddBackendDrill implements Drill {
  private static final String PAGE = "docs/add-a-backend.md";
  private static final Duration LIMIT = Duration.ofSeconds(180);

  /** What the page's commands show, in this order, if frames flow and the NIC leaves the sink. */
  private static final List<Pattern> SHOWN =
      List.of(
          Pattern.compile("^sink +sink .* Example ", Pattern.MULTILINE),
          Pattern.compile("^nic0: loopback -> sink,", Pattern.MULTILINE),
          Pattern.compile("^ +tx-packets: [1-9]", Pattern.MULTILINE),
          Pattern.compile("^ +origin: the fallback$", Pattern.MULTILINE),
          Pattern.compile("^ +ids outstanding: 0$", Pattern.MULTILINE));

  /** Ends with the first command that fails, and takes the platform along. */
  private static final String PREAMBLE =
      """
      set -eu
      platform=
      trap '[ -z "$platform" ] || kill "$platform" 2>/dev/null || :' EXIT
      cd "$FOLDER"
      umask 002
      """;

  @Override
  public String name() {
    return "add-a-backend";
  }

  @Override
  public Optional<String> obstacle() throws RigException {
    Optional<Path> clone = sources();
    if (clone.isEmpty() || !Files.isRegularFile(page(clone.get()))) {
      return Optional.of("the page " + PAGE + " comes with the sources only");
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
    return clone.resolve(PAGE);
  }

  @Override
  public void run(Narrator out) throws RigException, InterruptedException {
    Path clone = sources().orElseThrow();
    ShellPage page = ShellPage.read(page(clone));
    Ground.use(
        ground -> {
          Path file = ground.folder().resolve("page.sh");
          try {
            Files.writeString(file, PREAMBLE + page.script());
          } catch (IOException e) {
            throw new RigException(file + " can't be written: " + e.getMessage(), e);
          }
          long begin = System.nanoTime();
          Tool.Result result =
              Tool.run(
                  LIMIT,
                  Map.of(
                      "PATCHBAY", clone.toString(),
                      "FOLDER", ground.folder().toString(),
                      "JAVA_HOME", System.getProperty("java.home"),
                      "MAVEN_OPTS", ""),
                  List.of("sh", file.toString()));
          Duration took = Duration.ofNanos(System.nanoTime() - begin);
          out.say(result.out().strip());
          PlatformDrill.require(
              result.exit() == 0,
              "The page's commands ended with " + result.exit() + ": " + result.err().strip());
          requireShown(result.out());
          requireCount(page(clone), page.commands());
          out.say(page.commands() + " commands of " + PAGE + ", " + took.toSeconds() + " s");
          return name();
        });
  }

  /** Fails if the commands' output shows less than a backend that worked and went. */
  static void requireShown(String output) throws RigException {
    int from = 0;
    for (Pattern pattern : SHOWN) {
      Matcher line = pattern.matcher(output);
      PlatformDrill.require(
          line.find(from), "The page's commands did not show, or not in time: " + pattern);
      from = line.end();
    }
  }

  private static void requireCount(Path page, int commands) throws RigException {
    try {
      PlatformDrill.require(
          Files.readString(page).contains(" " + commands + " commands"),
          page + " has " + commands + " commands, and does not say so");
    } catch (IOException e) {
      throw new RigException(page + " can't be read: " + e.getMessage(), e);
    }
  }
}
