package org.patchbay.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A network namespace that this run made. */
final class Namespace implements AutoCloseable {

  private final String name;
  private final Workspace workspace;

  Namespace(String name, Workspace workspace) {
    this.name = name;
    this.workspace = workspace;
  }

  /** Its name under {@code /run/netns}. */
  String name() {
    return name;
  }

  /** A command as it runs inside; the process id is the command's own. */
  List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs a command inside to its end and gives its output. */
  String run(String... arguments) throws IOException, InterruptedException {
    return workspace.run(command(arguments));
  }

  /** A counter of one of its interfaces. */
  long counter(String networkInterface, String counter) throws IOException, InterruptedException {
    String path = "/sys/class/net/%s/statistics/%s".formatted(networkInterface, counter);
    return Long.parseLong(run("cat", path).strip());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    workspace.run(List.of("ip", "netns", "del", name));
  }
}
