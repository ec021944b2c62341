package org.patchbay.drills.peer;

import java.nio.file.Path;
import java.util.List;

/**
 * A NIC of a guest that QEMU itself serves, with its {@code stream} netdev behind it.
 *
 * @param id QEMU's name of it, such as {@code n0}
 * @param socket where QEMU connects or listens, in the words of its command line
 * @param listens whether QEMU listens; else it connects once, at its start
 * @param address the MAC address
 */
public record StreamNic(String id, String socket, boolean listens, String address)
    implements GuestDevice {

  /** One over a unix socket, to which QEMU connects. */
  public static StreamNic connecting(String id, Path socket, String address) {
    return new StreamNic(id, "addr.type=unix,addr.path=" + socket, false, address);
  }

  /** One over TCP, at which QEMU listens. */
  public static StreamNic listening(String id, String host, int port, String address) {
    return new StreamNic(
        id, "addr.type=inet,addr.host=" + host + ",addr.port=" + port, true, address);
  }

  @Override
  public int queuePairs() {
    return 1;
  }

  @Override
  public List<String> options() {
    return List.of(
        "-netdev",
        "stream,id=" + id + ",server=" + (listens ? "on" : "off") + "," + socket,
        "-device",
        "virtio-net-pci,id="
            + id
            + "-device,netdev="
            + id
            + ",mac="
            + address
            + ",romfile=,vectors=0");
  }
}
