package org.patchbay.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that this run started and ends. Its errors go to the run's own; lines are exchanged
 * over its input and output.
 */
final class Child implements AutoCloseable {

  private static final long GRACE_SECONDS = 5;

  private final List<String> command;
  private final Process process;
  private final BufferedReader output;
  private final Writer input;

  Child(List<String> command) throws IOException {
    this.command = List.copyOf(command);
    this.process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.input = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
  }

  /** The next line of its output. */
  String readLine() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("%s ended its output early".formatted(String.join(" ", command)));
    }
    return line;
  }

  /** Skips to a line that says just this. */
  void await(String expected) throws IOException {
    while (!readLine().equals(expected)) {
      // What comes before is of no interest.
    }
  }

  /** Sends one line. */
  void writeLine(String line) throws IOException {
    input.write(line);
    input.write('\n');
    input.flush();
  }

  /** All that is left of its output, once it has ended well within the time. */
  String finish(long seconds) throws IOException, InterruptedException {
    input.close();
    StringBuilder rest = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      rest.append(line).append('\n');
    }
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new IOException(
          "%s did not end within %d s".formatted(String.join(" ", command), seconds));
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          "%s ended with %d: %s"
              .formatted(String.join(" ", command), process.exitValue(), rest.toString().strip()));
    }
    return rest.toString();
  }

  /** Asks it to end, and after a while makes it. */
  @Override
  public void close() {
    process.destroy();
    boolean interrupted = false;
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
