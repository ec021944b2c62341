package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Owns what a run makes outside the JVM: compiled yardsticks, processes, network namespaces.
 * Closing it ends and removes them, last made first; a signal's shutdown hook may do that from its
 * own thread.
 */
final class Workspace implements AutoCloseable {

  /** How long a short helper command may take. */
  static final long COMMAND_SECONDS = 30;

  private static final String[] COMPILE = {
    "cc", "-std=c11", "-D_DEFAULT_SOURCE", "-O2", "-pthread", "-o"
  };

  private final Path root;
  // Guarded by this.
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  // Guarded by this.
  private int namespaces;

  /**
   * @param root the folder of the project
   */
  Workspace(Path root) {
    this.root = root;
  }

  /** The folder of the project. */
  Path root() {
    return root;
  }

  /** Where results and compiled yardsticks go. */
  Path target() {
    return root.resolve("benchmarks/target");
  }

  /** Compiles a yardstick with the machine's C compiler, and gives the program. */
  String compile(String name) throws IOException, InterruptedException {
    Path source = root.resolve("benchmarks/src/main/c/" + name + ".c");
    Path program = target().resolve("c/" + name);
    Files.createDirectories(target().resolve("c"));
    List<String> command = new ArrayList<>(List.of(COMPILE));
    command.add(program.toString());
    command.add(source.toString());
    run(command);
    return program.toString();
  }

  /** Runs a command to its end and gives its output. */
  String run(List<String> command) throws IOException, InterruptedException {
    return run(command, COMMAND_SECONDS);
  }

  /** Runs a command to its end, within the time, and gives its output. */
  String run(List<String> command, long seconds) throws IOException, InterruptedException {
    try (Child child = new Child(command)) {
      return child.finish(seconds);
    }
  }

  /** Starts a process that is ended with this run at the latest. */
  Child start(List<String> command) throws IOException {
    return own(new Child(command));
  }

  /** Makes an empty network namespace without IPv6 chatter, removed with this run at the latest. */
  Namespace namespace() throws IOException, InterruptedException {
    String name;
    synchronized (this) {
      name = "pbbench%d-%d".formatted(ProcessHandle.current().pid(), namespaces++);
    }
    run(List.of("ip", "netns", "add", name));
    Namespace namespace = own(new Namespace(name, this));
    namespace.run(
        "sh",
        "-c",
        "for i in all default; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; done");
    namespace.run("ip", "link", "set", "lo", "up");
    return namespace;
  }

  /** Takes something over, to close it with the run. */
  synchronized <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  @Override
  public synchronized void close() {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        System.err.println("bench: " + e.getMessage());
      }
    }
  }
}
