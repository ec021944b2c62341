package org.patchbay.drills.rig;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Runs the programs of the system that end by themselves. Any thread. */
public final class Tool {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private Tool() {}

  /**
   * How a program ended.
   *
   * @param exit its exit status
   * @param out its standard output
   * @param err its standard error
   */
  public record Result(int exit, String out, String err) {
    /** Both outputs, for a sentence about a failure. */
    public String text() {
      return (out + " " + err).strip();
    }
  }

  /**
   * Runs a program for at most 10 s.
   *
   * @return its standard output
   * @throws RigException if it can't be run, takes longer, or exits other than by 0
   */
  public static String must(List<String> command) throws RigException, InterruptedException {
    Result result = run(LIMIT, Map.of(), command);
    if (result.exit != 0) {
      throw new RigException(
          String.join(" ", command) + " exited with " + result.exit + ": " + result.text());
    }
    return result.out;
  }

  /**
   * Runs a program.
   *
   * @param limit after which it is ended by force
   * @param environment variables set on top of this process's own; an empty value removes one
   * @throws RigException if it can't be run or takes longer than the limit
   */
  public static Result run(Duration limit, Map<String, String> environment, List<String> command)
      throws RigException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    change(builder.environment(), environment);
    Process process;
    try {
      process = builder.redirectInput(new File("/dev/null")).start();
    } catch (IOException e) {
      throw new RigException(command.getFirst() + " can't be run: " + e.getMessage(), e);
    }
    FutureTask<String> out = read(process.inputReader(StandardCharsets.UTF_8)::readAllAsString);
    FutureTask<String> err = read(process.errorReader(StandardCharsets.UTF_8)::readAllAsString);
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      if (!process.waitFor(limit)) {
        throw new TimeoutException();
      }
      // A child of its own may hold the pipes open; the limit counts for that, too.
      return new Result(process.exitValue(), rest(out, deadline), rest(err, deadline));
    } catch (TimeoutException e) {
      throw new RigException(
          String.join(" ", command) + " did not end within " + limit.toMillis() + " ms.", e);
    } catch (ExecutionException e) {
      throw new RigException(
          "The output of " + String.join(" ", command) + " can't be read: " + e.getCause(), e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  static void change(Map<String, String> environment, Map<String, String> changes) {
    changes.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            environment.remove(name);
          } else {
            environment.put(name, value);
          }
        });
  }

  private static FutureTask<String> read(Callable<String> reader) {
    FutureTask<String> task = new FutureTask<>(reader);
    Thread.ofPlatform().daemon().name("drill-output").start(task);
    return task;
  }

  private static String rest(FutureTask<String> text, long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    return text.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  /** Which of these programs are not in a folder of PATH. */
  public static List<String> missing(List<String> programs) {
    return programs.stream().filter(program -> search(program).isEmpty()).toList();
  }

  /**
   * The file of a program.
   *
   * @throws RigException if it is not in a folder of PATH
   */
  public static Path find(String program) throws RigException {
    return search(program)
        .orElseThrow(() -> new RigException("There is no program " + program + " in PATH."));
  }

  private static Optional<Path> search(String program) {
    String folders = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    return Stream.of(folders.split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
