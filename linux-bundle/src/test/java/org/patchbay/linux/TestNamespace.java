package org.patchbay.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace of a test's own, without IPv6 chatter; removed when closed. */
public final class TestNamespace implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;

  private TestNamespace(String name) {
    this.name = name;
  }

  /** Makes a namespace whose name no other process uses. */
  public static TestNamespace create() throws IOException, InterruptedException {
    String name = "pb-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    run(List.of("ip", "netns", "add", name));
    TestNamespace namespace = new TestNamespace(name);
    try {
      namespace.exec("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
      namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
      return namespace;
    } catch (IOException | InterruptedException failed) {
      namespace.close();
      throw failed;
    }
  }

  /** The name that {@code ip netns} knows it by. */
  public String name() {
    return name;
  }

  /** Runs {@code ip} with these words inside, and answers what it printed. */
  public String ip(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(words));
    return run(command);
  }

  /** Runs a command inside, and answers what it printed. */
  public String exec(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
    command.addAll(List.of(words));
    return run(command);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return output;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    run(List.of("ip", "netns", "del", name));
  }
}
