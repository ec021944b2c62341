package org.patchbay.drills.platform;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.CommandPrefix;
import org.patchbay.drills.rig.Leftovers;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/** A platform that runs in a process of its own, in a home of its own. */
public final class PlatformProcess {
  private static final Duration START_LIMIT = Duration.ofSeconds(40);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);

  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwxr-xr-x");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");

  /** What a platform may take to end after SIGTERM. */
  public static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private final Distribution distribution;
  private final Path home;
  private final Map<String, String> environment;
  private final Child child;
  private final ControlSocket console;

  private PlatformProcess(
      Distribution distribution, Path home, Map<String, String> environment, Child child) {
    this.distribution = distribution;
    this.home = home;
    this.environment = environment;
    this.child = child;
    this.console = new ControlSocket(socket());
  }

  /**
   * Starts a platform; returns when its console answers.
   *
   * @param home its folder; if it has an {@code etc/}, that is its configuration
   * @param environment variables set on top of this process's own; an empty value removes one
   */
  public static PlatformProcess start(
      Cleanup cleanup, Distribution distribution, Path home, Map<String, String> environment)
      throws RigException, InterruptedException {
    return start(cleanup, CommandPrefix.NONE, distribution, home, environment);
  }

  /**
   * Starts a platform elsewhere, or as somebody else; returns when its console answers.
   *
   * @param home its folder; if it has an {@code etc/}, that is its configuration
   * @param environment variables set on top of this process's own; an empty value removes one
   */
  public static PlatformProcess start(
      Cleanup cleanup,
      CommandPrefix prefix,
      Distribution distribution,
      Path home,
      Map<String, String> environment)
      throws RigException, InterruptedException {
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("PATCHBAY_HOME", home.toString());
    Child child =
        Child.start(
            cleanup,
            "the platform",
            variables,
            prefix.before(List.of(distribution.command().toString(), "run")));
    PlatformProcess platform = new PlatformProcess(distribution, home, variables, child);
    child.awaitLine("that it is up", START_LIMIT, line -> line.text().contains(" is up: "));
    Await.until(
        "a console at " + platform.socket(),
        START_LIMIT,
        () -> !child.isAlive() || Files.exists(platform.socket()));
    return platform;
  }

  /**
   * Makes a home with configurations.
   *
   * @param configurations file name in {@code etc/} to its lines
   */
  public static void prepareHome(Path home, Map<String, List<String>> configurations)
      throws RigException {
    try {
      Path etc = Files.createDirectories(home.resolve("etc"));
      // Whatever the umask: a platform refuses what others may write to.
      Files.setPosixFilePermissions(home, FOLDER);
      Files.setPosixFilePermissions(etc, FOLDER);
      for (Map.Entry<String, List<String>> file : configurations.entrySet()) {
        Path written = Files.write(etc.resolve(file.getKey()), file.getValue());
        Files.setPosixFilePermissions(written, FILE);
      }
    } catch (IOException e) {
      throw new RigException("The home " + home + " can't be made: " + e.getMessage(), e);
    }
  }

  /** Puts a bundle into the {@code deploy/} of a home before its platform starts. */
  public static void prepareDeploy(Path home, Path jar) throws RigException {
    try {
      Path deploy = Files.createDirectories(home.resolve("deploy"));
      Path copy = deploy.resolve(jar.getFileName().toString());
      Files.copy(jar, copy);
      Files.setPosixFilePermissions(deploy, FOLDER);
      Files.setPosixFilePermissions(copy, FILE);
    } catch (IOException e) {
      throw new RigException(jar + " can't be deployed: " + e.getMessage(), e);
    }
  }

  /** Its folder. */
  public Path home() {
    return home;
  }

  /** Its process. */
  public Child child() {
    return child;
  }

  /** Its control socket. */
  public Path socket() {
    return home.resolve("run").resolve("control.sock");
  }

  /** Runs a console command over the control socket. */
  public Answer ask(String command) throws RigException, InterruptedException {
    return console.ask(command, ANSWER_LIMIT);
  }

  /**
   * Runs a console command that has to succeed.
   *
   * @return the platform's words
   * @throws RigException if it refuses
   */
  public String must(String command) throws RigException, InterruptedException {
    Answer answer = ask(command);
    if (!answer.done()) {
      throw new RigException("The platform refused '" + command + "': " + answer.text());
    }
    return answer.text();
  }

  /**
   * Drops a file into its {@code deploy/}, under its own name, in one instant.
   *
   * @return the dropped file
   */
  public Path deploy(Path file) throws RigException {
    return deploy(file, file.getFileName().toString());
  }

  /**
   * Drops a file into its {@code deploy/}, under another name, in one instant, as {@code mv} does.
   *
   * @return the dropped file
   */
  public Path deploy(Path file, String name) throws RigException {
    try {
      Path beside = Files.createTempFile(home, "deploy", null);
      Files.copy(file, beside, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(beside, FILE);
      Path target = home.resolve("deploy").resolve(name);
      return Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new RigException(file + " can't be deployed: " + e.getMessage(), e);
    }
  }

  /**
   * Copies a file into its {@code deploy/}, under another name, as {@code cp} does on a slow disk:
   * half of it is there for a while.
   *
   * @param pause how long
   * @return the copy
   */
  public Path deploySlowly(Path file, String name, Duration pause)
      throws RigException, InterruptedException {
    Path target = home.resolve("deploy").resolve(name);
    try (OutputStream out = Files.newOutputStream(target)) {
      Files.setPosixFilePermissions(target, FILE);
      byte[] bytes = Files.readAllBytes(file);
      out.write(bytes, 0, bytes.length / 2);
      Thread.sleep(pause);
      out.write(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
      return target;
    } catch (IOException e) {
      throw new RigException(file + " can't be copied to " + target + ": " + e.getMessage(), e);
    }
  }

  /** Inspects a NIC. */
  public Inspection inspect(String nic) throws RigException, InterruptedException {
    return new Inspection(must("inspect " + nic));
  }

  /** Runs a console command the way an operator does, as {@code patchbay exec}. */
  public Tool.Result exec(String command) throws RigException, InterruptedException {
    return Tool.run(
        ANSWER_LIMIT, environment, List.of(distribution.command().toString(), "exec", command));
  }

  /**
   * Sends SIGTERM and checks that the platform ends in order and in time, and leaves no process,
   * socket or working file.
   *
   * @return how long it took
   */
  public Duration stop() throws RigException, InterruptedException {
    Leftovers leftovers = new Leftovers().process(child).file(home.resolve("run"));
    long begin = System.nanoTime();
    child.terminate();
    OptionalInt exit = child.awaitExit(STOP_LIMIT);
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    if (exit.isEmpty()) {
      throw new RigException("The platform still ran " + took.toMillis() + " ms after SIGTERM.");
    }
    if (exit.getAsInt() != 0) {
      throw new RigException(
          "The platform ended with status " + exit.getAsInt() + ": " + child.tail());
    }
    leftovers.check();
    return took;
  }
}
