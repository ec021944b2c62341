package org.patchbay.drills.rig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace of a drill, with a name that no other process uses. Any thread. */
public final class Namespace {
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String name;

  private Namespace(String name) {
    this.name = name;
  }

  /**
   * Makes a namespace without IPv6, whose own chatter would only blur the counts; the cleanup
   * removes it.
   *
   * @param role a short word that becomes part of its name
   */
  public static Namespace create(Cleanup cleanup, String role)
      throws RigException, InterruptedException {
    String name = "pb-" + role + "-" + ProcessHandle.current().pid() + "-" + NEXT.getAndIncrement();
    Tool.must(List.of("ip", "netns", "add", name));
    cleanup.add("namespace " + name, () -> Tool.must(List.of("ip", "netns", "del", name)));
    Namespace namespace = new Namespace(name);
    namespace.set("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    namespace.set("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  /** Its name, as {@code ip netns} knows it. */
  public String name() {
    return name;
  }

  /** Whether a namespace of that name exists. */
  static boolean exists(String name) {
    return Files.exists(Path.of("/run/netns", name));
  }

  /** Runs {@code ip} in it and answers its output. */
  public String ip(String... arguments) throws RigException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    return Tool.must(command);
  }

  /** What makes a command run inside. */
  public CommandPrefix prefix() {
    return new CommandPrefix(List.of("ip", "netns", "exec", name));
  }

  /** The command that runs a program inside; the program replaces it, so it has its process id. */
  public List<String> inside(String... command) {
    return prefix().before(List.of(command));
  }

  /** Writes a value into a file, such as one of its own under /proc/sys/net. */
  public void set(String file, String value) throws RigException, InterruptedException {
    Tool.must(inside("sh", "-c", "printf %s \"$2\" >\"$1\"", "sh", file, value));
  }

  /** Whether it has an interface of that name. */
  public boolean hasInterface(String device) throws RigException, InterruptedException {
    return Tool.run(
                Duration.ofSeconds(5),
                Map.of(),
                List.of("ip", "-n", name, "link", "show", "dev", device))
            .exit()
        == 0;
  }

  /** The MAC address of an interface in it. */
  public String address(String device) throws RigException, InterruptedException {
    return Tool.must(inside("cat", "/sys/class/net/" + device + "/address")).strip();
  }

  /**
   * A counter that the kernel keeps of an interface.
   *
   * @param counter a name below {@code /sys/class/net/DEVICE/statistics}, such as tx_dropped
   */
  public long counter(String device, String counter) throws RigException, InterruptedException {
    String text =
        Tool.must(inside("cat", "/sys/class/net/" + device + "/statistics/" + counter)).strip();
    return Long.parseLong(text);
  }
}
