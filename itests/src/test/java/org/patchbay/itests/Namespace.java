package org.patchbay.itests;

import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A network namespace of the test's own, for interfaces that nobody else sees. */
final class Namespace implements AutoCloseable {

  private final String name;

  private Namespace(String name) {
    this.name = name;
  }

  /** Makes a namespace; the test is skipped where none can be made. */
  static Namespace open(String purpose) throws Exception {
    assumeTrue("TAP interfaces need root, /dev/net/tun and the command ip", isPossible());
    String name = "pb-" + purpose + "-" + ProcessHandle.current().pid();
    run("ip", "netns", "add", name);
    return new Namespace(name);
  }

  /** Whether this process may make namespaces and TAP interfaces. */
  static boolean isPossible() {
    return "root".equals(System.getProperty("user.name", ""))
        && Files.isWritable(Path.of("/dev/net/tun"))
        && isThere("ip");
  }

  private static boolean isThere(String command) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }

  String name() {
    return name;
  }

  /** What {@code ip link} says of an interface; empty if there is none of that name. */
  String link(String ifname) throws Exception {
    return runInside("ip", "-o", "link", "show")
        .lines()
        .filter(line -> line.contains(": " + ifname + ":"))
        .findFirst()
        .orElse("");
  }

  /** Runs a command in the namespace. */
  String runInside(String... command) throws Exception {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
    whole.addAll(List.of(command));
    return run(whole.toArray(String[]::new));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(Await.LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new AssertionError(String.join(" ", command) + " failed: " + output);
    }
    return output;
  }

  @Override
  public void close() throws IOException {
    try {
      run("ip", "netns", "delete", name);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
