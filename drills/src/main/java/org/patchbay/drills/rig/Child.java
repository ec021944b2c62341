package org.patchbay.drills.rig;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A program that runs beside the drill until it is told to end. Its output is kept, with the time
 * of each line. Any thread.
 */
public final class Child {
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /**
   * A line of output.
   *
   * @param at when it was read
   * @param text the line
   */
  public record Line(Instant at, String text) {}

  private final String name;
  private final Process process;
  // Guarded by itself; notified at each line and at the end of the output.
  private final List<Line> lines = new ArrayList<>();
  // Guarded by lines.
  private boolean ended;

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
  }

  /**
   * Starts a program; the cleanup ends it.
   *
   * @param name what sentences call it
   * @param environment variables set on top of this process's own; an empty value removes one
   */
  public static Child start(
      Cleanup cleanup, String name, Map<String, String> environment, List<String> command)
      throws RigException {
    return start(
        cleanup, name, environment, command, ProcessBuilder.Redirect.from(new File("/dev/null")));
  }

  /** Starts a program that is told by {@link #say} what to do; the cleanup ends it. */
  public static Child startTalking(Cleanup cleanup, String name, List<String> command)
      throws RigException {
    return start(cleanup, name, Map.of(), command, ProcessBuilder.Redirect.PIPE);
  }

  private static Child start(
      Cleanup cleanup,
      String name,
      Map<String, String> environment,
      List<String> command,
      ProcessBuilder.Redirect input)
      throws RigException {
    ProcessBuilder builder = new ProcessBuilder(command);
    Tool.change(builder.environment(), environment);
    builder.redirectErrorStream(true).redirectInput(input);
    Child child;
    try {
      child = new Child(name, builder.start());
    } catch (IOException e) {
      throw new RigException(name + " can't be started: " + e.getMessage(), e);
    }
    cleanup.add(name, child::end);
    Thread.ofPlatform().daemon().name("drill-" + name).start(child::read);
    return child;
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        synchronized (lines) {
          lines.add(new Line(Instant.now(), text));
          lines.notifyAll();
        }
      }
    } catch (IOException e) {
      // The pipe broke with its process; what was read is kept.
    } finally {
      synchronized (lines) {
        ended = true;
        lines.notifyAll();
      }
    }
  }

  /** What sentences call it. */
  public String name() {
    return name;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The lines so far. */
  public List<Line> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** The last lines in one, for a sentence about a failure. */
  public String tail() {
    List<Line> all = lines();
    return String.join(
        " | ",
        all.subList(Math.max(0, all.size() - 5), all.size()).stream().map(Line::text).toList());
  }

  /**
   * Waits for a line.
   *
   * @param what the line, for the sentence about a failure
   * @throws RigException if the program ends or the limit passes without such a line
   */
  public Line awaitLine(String what, Duration limit, Predicate<Line> wanted)
      throws RigException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (lines) {
      for (int next = 0; ; next++) {
        while (next == lines.size()) {
          long left = deadline - System.nanoTime();
          if (ended || left <= 0) {
            throw new RigException(
                name
                    + (ended ? " ended" : " said nothing within " + limit.toMillis() + " ms")
                    + " but "
                    + what
                    + " was awaited; its last lines: "
                    + tail());
          }
          TimeUnit.NANOSECONDS.timedWait(lines, left);
        }
        if (wanted.test(lines.get(next))) {
          return lines.get(next);
        }
      }
    }
  }

  /** Writes a line to the standard input of a program that was started talking. */
  public void say(String line) throws RigException {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new RigException(name + " takes no more words: " + e.getMessage(), e);
    }
  }

  /** Sends SIGKILL and waits for the end. */
  public void kill() throws RigException, InterruptedException {
    process.destroyForcibly();
    if (awaitExit(PATIENCE).isEmpty()) {
      throw new RigException(name + " did not end by SIGKILL.");
    }
  }

  /** Sends SIGINT, as Ctrl-C would; does nothing if it has ended. */
  public void interrupt() throws RigException, InterruptedException {
    if (process.isAlive()) {
      Tool.run(Duration.ofSeconds(5), Map.of(), List.of("sh", "-c", "kill -INT " + process.pid()));
    }
  }

  /** Sends SIGTERM; does nothing if it has ended. */
  public void terminate() {
    process.destroy();
  }

  /**
   * Waits for its end and the end of its output.
   *
   * @return its exit status, or empty if it still runs after the limit
   */
  public OptionalInt awaitExit(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    if (!process.waitFor(limit)) {
      return OptionalInt.empty();
    }
    synchronized (lines) {
      long left = deadline - System.nanoTime();
      while (!ended && left > 0) {
        TimeUnit.NANOSECONDS.timedWait(lines, left);
        left = deadline - System.nanoTime();
      }
    }
    return OptionalInt.of(process.exitValue());
  }

  /** Ends it and what it started: first politely, then by force. */
  private void end() throws RigException, InterruptedException {
    List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
    process.destroy();
    if (!process.waitFor(PATIENCE)) {
      process.destroyForcibly();
      process.waitFor(PATIENCE);
    }
    family.forEach(ProcessHandle::destroyForcibly);
    family.add(process.toHandle());
    for (ProcessHandle one : family) {
      if (!Await.within(PATIENCE, () -> !one.isAlive())) {
        throw new RigException("process " + one.pid() + " does not end");
      }
    }
  }
}
