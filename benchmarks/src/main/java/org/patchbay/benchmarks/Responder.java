package org.patchbay.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/**
 * A yardstick that does one thing for each line on its input, and then prints a line. It says
 * {@code ready} once it has opened what it needs; it ends with its input.
 */
final class Responder {

  private static final String READY = "ready";

  private final String name;
  private final Process process;
  private final BufferedReader output;
  private final Writer input;

  private Responder(String name, Process process) {
    this.name = name;
    this.process = process;
    output = process.inputReader(StandardCharsets.UTF_8);
    input = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Starts a yardstick and waits until it is ready; the cleanup ends it.
   *
   * @param name what sentences call it
   */
  static Responder start(Cleanup cleanup, String name, List<String> command) throws RigException {
    Responder responder;
    try {
      responder =
          new Responder(
              name,
              new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    } catch (IOException e) {
      throw new RigException(name + " can't be started: " + e.getMessage(), e);
    }
    cleanup.add(name, responder.process::destroyForcibly);
    String line = responder.readLine();
    if (!line.equals(READY)) {
      throw new RigException(name + " said '" + line + "' instead of " + READY + ".");
    }
    return responder;
  }

  /** Lets it do its thing once and gives what it says. */
  String ask() throws RigException {
    try {
      input.write("go\n");
      input.flush();
    } catch (IOException e) {
      throw new RigException(name + " takes no more input: " + e.getMessage(), e);
    }
    return readLine();
  }

  /** Lets it end by itself. */
  void end() throws RigException, InterruptedException {
    try {
      input.close();
    } catch (IOException e) {
      throw new RigException(name + " broke off: " + e.getMessage(), e);
    }
    process.waitFor();
  }

  private String readLine() throws RigException {
    try {
      String line = output.readLine();
      if (line != null) {
        return line;
      }
    } catch (IOException e) {
      throw new RigException(name + " can't be read: " + e.getMessage(), e);
    }
    throw new RigException(name + " ended before it answered.");
  }
}
