package org.patchbay.launcher;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;

/**
 * Tells how a guest is connected to each vhost-user NIC of a home: the command lines for QEMU and
 * for DPDK's testpmd, with the NIC's socket in them.
 */
final class GuestCommands {

  private static final String CONFIGURATIONS = "org.patchbay.vhostuser-*.cfg";

  private GuestCommands() {}

  /**
   * The lines for all NICs that are configured in a home and listen; none if there are none.
   *
   * @throws IOException if the configurations can't be read
   */
  static List<String> of(Home home) throws IOException {
    List<Path> files = new ArrayList<>();
    try (var found = Files.newDirectoryStream(home.etc(), CONFIGURATIONS)) {
      found.forEach(files::add);
    }
    Collections.sort(files);
    List<String> lines = new ArrayList<>();
    for (Path file : files) {
      Properties nic = read(file);
      String name = nic.getProperty("name");
      String socket = nic.getProperty("socket");
      // A bad configuration is refused elsewhere, with its reason.
      if (name != null && socket != null && "listen".equals(nic.getProperty("mode", "listen"))) {
        lines.addAll(
            describe(name.strip(), home.folder().resolve(socket.strip()).normalize().toString()));
      }
    }
    return lines;
  }

  private static Properties read(Path file) {
    Properties nic = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      nic.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      // What can't be read is told by whoever takes it up as a configuration.
      nic.clear();
    }
    return nic;
  }

  private static List<String> describe(String name, String socket) {
    return List.of(
        name + " waits for a guest. A virtual machine, with DISK its disk image:",
        "  qemu-system-x86_64 -accel kvm -accel tcg -m 512"
            + " -object memory-backend-memfd,id=mem,size=512M,share=on"
            + " -machine memory-backend=mem"
            + quoted(" -chardev ", "socket,id=" + name + ",reconnect=1,path=" + doubled(socket))
            + (" -netdev vhost-user,id=net0,chardev=" + name)
            + " -device virtio-net-pci,netdev=net0,vectors=0 DISK",
        "  or a DPDK application:",
        "  dpdk-testpmd --no-huge -m 512 --no-pci --no-telemetry --file-prefix="
            + name
            + quoted(" --vdev ", "net_virtio_user0,queue_size=256,path=" + socket)
            + " -- --no-mlockall --total-num-mbufs=16384 --auto-start --stats-period 1"
            + " --forward-mode=flowgen");
  }

  /** In QEMU's options a comma is written twice. */
  private static String doubled(String value) {
    return value.replace(",", ",,");
  }

  /** An option and its value as a shell takes them. */
  private static String quoted(String option, String value) {
    boolean plain =
        value.chars().allMatch(c -> c > ' ' && "'\"\\$`*?&;<>()|[]{}~#!".indexOf(c) < 0);
    return option + (plain ? value : "'" + value.replace("'", "'\\''") + "'");
  }
}
