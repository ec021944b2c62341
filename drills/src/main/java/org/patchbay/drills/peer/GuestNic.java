package org.patchbay.drills.peer;

import java.nio.file.Path;
import java.util.List;

/**
 * A vhost-user NIC of a guest.
 *
 * @param id QEMU's name of it, such as {@code n0}; in QEMU's monitor the NIC's, too
 * @param socket the unix socket
 * @param listens whether QEMU listens and the platform connects; else QEMU connects, and tries
 *     again each second
 * @param queuePairs pairs of queues
 * @param address the MAC address
 */
public record GuestNic(String id, Path socket, boolean listens, int queuePairs, String address)
    implements GuestDevice {

  /** One with a single queue pair, which connects to the platform. */
  public static GuestNic connecting(Path socket, String address) {
    return new GuestNic("n0", socket, false, 1, address);
  }

  @Override
  public List<String> options() {
    return List.of(
        "-chardev",
        "socket,id=" + id + "-socket,path=" + socket + (listens ? ",server=on" : ",reconnect=1"),
        "-netdev",
        "vhost-user,id=" + id + ",chardev=" + id + "-socket,queues=" + queuePairs,
        "-device",
        // QEMU 7.2 without KVM crashes on vhost-user with MSI-X: no vectors.
        "virtio-net-pci,id="
            + id
            + "-device,netdev="
            + id
            + ",mac="
            + address
            + ",romfile=,vectors=0"
            + (queuePairs > 1 ? ",mq=on" : ""));
  }
}
