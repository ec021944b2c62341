package org.patchbay.conformance.command;

import java.io.File;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The process with the framework. It ends with its standard input, so it never outlives this one.
 */
final class Child {

  /** How long a whole run may take. */
  static final Duration LIMIT = Duration.ofMinutes(5);

  private static final int SHOWN_LINES = 15;

  /** The end of its output, of which the last lines are shown, in bytes. */
  private static final int SHOWN_BYTES = 64 * 1024;

  /** More output than this ends the process: it would fill the disk. */
  private static final long MOST_OUTPUT = 64L * 1024 * 1024;

  private static final long LOOK_MILLIS = 200;

  private final Path folder;
  private final Arguments arguments;
  private volatile @Nullable Process process;
  private volatile boolean ending;

  /**
   * @param folder a temporary folder for storage, log and output
   */
  Child(Path folder, Arguments arguments) {
    this.folder = folder;
    this.arguments = arguments;
  }

  /** Where the process tells of the run. */
  Path log() {
    return folder.resolve("log");
  }

  private Path outputFile() {
    return folder.resolve("output");
  }

  /** The last lines of what the process printed. */
  String output() throws IOException {
    if (Files.notExists(outputFile())) {
      return "";
    }
    byte[] end;
    try (SeekableByteChannel file = Files.newByteChannel(outputFile())) {
      file.position(Math.max(0, file.size() - SHOWN_BYTES));
      end = Channels.newInputStream(file).readNBytes(SHOWN_BYTES);
    }
    List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
    return lines.stream()
        .skip(Math.max(0, lines.size() - SHOWN_LINES))
        .map(line -> "  | " + line)
        .collect(Collectors.joining("\n"));
  }

  /**
   * Runs the process to its end, or until it has had its time or has printed too much.
   *
   * @return how it ended
   */
  Ending run() throws IOException, InterruptedException {
    Process started =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .redirectOutput(outputFile().toFile())
            .start();
    process = started;
    if (ending) {
      started.destroyForcibly();
    }
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!started.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      boolean tooMuch = Files.size(outputFile()) > MOST_OUTPUT;
      if (tooMuch || System.nanoTime() > deadline) {
        end();
        started.waitFor();
        return Ending.limit(
            tooMuch ? (MOST_OUTPUT >> 20) + " MiB of output" : LIMIT.toSeconds() + " s");
      }
    }
    return Ending.exit(started.exitValue());
  }

  /** Ends the process. */
  void end() {
    ending = true;
    Process started = process;
    if (started != null) {
      started.destroyForcibly();
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-XX:-UsePerfData",
            "-XX:ErrorFile=" + folder.resolve("crash"),
            "-cp",
            System.getProperty("java.class.path"),
            FrameworkProcess.class.getName(),
            System.getProperty("patchbay.distribution", "."),
            folder.toString(),
            arguments.bundle().toString(),
            arguments.others().stream()
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator)),
            arguments.type() == null ? "" : arguments.type()));
    arguments.keys().forEach((key, value) -> command.add(key + "=" + value));
    return command;
  }
}
