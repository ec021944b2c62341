package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * The default configuration, as a newcomer meets it: it starts in a new home, its NIC's frames are
 * counted, {@code exec} does what it is told and refuses what it can't do with one sentence, and
 * SIGTERM ends it.
 */
final class StartDrill extends PlatformDrill {
  private static final List<String> BAD_COMMANDS =
      List.of(
          "no-such-command",
          "plug",
          "plug nic0",
          "plug nic0 no-such-endpoint",
          "plug no-such-nic loopback",
          "plug nic0 loopback too-much",
          "unplug no-such-nic",
          "link nic0 sideways",
          "inspect no-such-name",
          "stats no-such-nic",
          "create",
          "create no-such-type",
          "create tap mtu=many",
          "create tap no-equals-sign",
          "delete no-such-endpoint");

  StartDrill() {
    super("start-and-exec");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    PlatformProcess platform = ground.start();
    checkPermissions(platform.socket());
    awaitTraffic(platform);
    expect(platform, "nics", "nic0", "probe", "vm0", "vhost-user", "loopback");
    expect(platform, "endpoints", "loopback", "null");
    expect(platform, "stats", "nic0", "ids outstanding: 0");
    expect(platform, "plug nic0 null", "nic0: loopback -> null");
    expect(platform, "inspect nic0", "last swaps", "null");
    expect(platform, "unplug nic0", "nic0: null -> -");
    expect(platform, "plug nic0 loopback", "nic0: - -> loopback");
    requireGuestCommands(platform);
    for (String command : BAD_COMMANDS) {
      refuse(platform, command);
    }
    awaitTraffic(platform);
    end(platform, out);
  }

  /** The terminal tells that the platform is up and how guests are connected to vm0; no more. */
  private static void requireGuestCommands(PlatformProcess platform) throws RigException {
    List<String> lines = requireLines(platform, 5);
    String socket = platform.socket().resolveSibling("vm0.sock").toString();
    require(Files.exists(Path.of(socket)), "There is no socket " + socket + " for a guest.");
    require(
        lines.get(2).contains("qemu-system-x86_64") && lines.get(2).contains(socket),
        "The command line for QEMU is: " + lines.get(2));
    require(
        lines.get(4).contains("dpdk-testpmd") && lines.get(4).contains(socket),
        "The command line for DPDK is: " + lines.get(4));
  }

  private static void checkPermissions(Path socket) throws RigException {
    Path folder = socket.resolveSibling("");
    try {
      String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
      require(mode.equals("rwx------"), "The folder of the control socket has the mode " + mode);
    } catch (IOException e) {
      throw new RigException("The folder " + folder + " can't be looked at: " + e.getMessage(), e);
    }
  }

  /** The command must exit with 0 and print all of these words. */
  private static void expect(PlatformProcess platform, String command, String... words)
      throws RigException, InterruptedException {
    Tool.Result result = platform.exec(command);
    require(
        result.exit() == 0,
        "exec '" + command + "' exited with " + result.exit() + ": " + result.text());
    for (String word : words) {
      require(
          result.out().contains(word),
          "exec '" + command + "' does not tell of '" + word + "': " + result.text());
    }
  }

  /** The command must exit with 1 and print one sentence, on standard error only. */
  private static void refuse(PlatformProcess platform, String command)
      throws RigException, InterruptedException {
    Tool.Result result = platform.exec(command);
    require(
        result.exit() == 1, "exec '" + command + "' exited with " + result.exit() + ", not with 1");
    require(
        result.out().isEmpty(), "exec '" + command + "' was refused and printed " + result.out());
    String sentence = result.err().strip();
    require(
        !sentence.isEmpty() && sentence.lines().count() == 1 && !sentence.contains("Exception"),
        "exec '" + command + "' was refused with other than one sentence: " + sentence);
  }
}
