package org.patchbay.vhostuser;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.patchbay.frontend.EngineSettings;
import org.patchbay.frontend.NicProperties;
import org.patchbay.linux.UnixSocket;
import org.patchbay.vhostuser.protocol.Offer;
import org.patchbay.vhostuser.protocol.ProtocolFeature;
import org.patchbay.vhostuser.protocol.VirtioFeature;

/**
 * The configuration of one vhost-user NIC, as it was read.
 *
 * @param nic settings of the NIC
 * @param socket path of the unix socket
 * @param connects whether the NIC connects to the socket, rather than listening there
 * @param queuePairs how many queue pairs the guest can have at most
 * @param workers how many threads serve them at most
 * @param spinNanos how long a worker polls in vain before it sleeps
 * @param withheld virtio features that are not offered
 */
record VhostUserConfiguration(
    EngineSettings nic,
    Path socket,
    boolean connects,
    int queuePairs,
    int workers,
    long spinNanos,
    Set<VirtioFeature> withheld) {

  static final String PID = "org.patchbay.vhostuser";
  static final String FRONTEND = "vhost-user";

  /** Most queue pairs of a NIC. */
  static final int MOST_QUEUE_PAIRS = 64;

  private static final String LISTEN = "listen";
  private static final String CONNECT = "connect";

  /**
   * Reads a configuration.
   *
   * @param home the folder that a relative socket path begins in
   * @throws IllegalArgumentException naming the key, its value and what is allowed
   */
  static VhostUserConfiguration read(Map<String, ?> values, Path home) {
    NicProperties properties = new NicProperties(values);
    EngineSettings nic = properties.nic(properties.requiredText("name"), FRONTEND, "");
    int queuePairs = (int) properties.number("queue-pairs", 1, 1, MOST_QUEUE_PAIRS);
    String withheld = properties.text("withhold");
    return new VhostUserConfiguration(
        nic,
        readSocket(properties.requiredText("socket"), home),
        readConnects(properties),
        queuePairs,
        (int) properties.number("workers", queuePairs, 1, queuePairs),
        properties.spinNanos(),
        withheld == null ? Set.of() : VirtioFeature.parse("withhold", withheld));
  }

  private static Path readSocket(String text, Path home) {
    Path socket;
    try {
      socket = home.resolve(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("socket is '" + text + "'; allowed is a path", e);
    }
    int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > UnixSocket.MAX_PATH_LENGTH || socket.getFileName() == null) {
      throw new IllegalArgumentException(
          "socket is '"
              + text
              + "', which makes the path "
              + socket
              + " of "
              + length
              + " bytes; allowed are paths of files of at most "
              + UnixSocket.MAX_PATH_LENGTH);
    }
    return socket;
  }

  private static boolean readConnects(NicProperties properties) {
    String mode = properties.text("mode");
    return switch (mode == null ? LISTEN : mode) {
      case LISTEN -> false;
      case CONNECT -> true;
      default ->
          throw new IllegalArgumentException(
              "mode is '" + mode + "'; allowed are " + LISTEN + " and " + CONNECT);
    };
  }

  /** What the device offers, which depends on nothing else. */
  Offer offer() {
    Set<VirtioFeature> features = EnumSet.allOf(VirtioFeature.class);
    features.removeAll(withheld);
    if (queuePairs == 1) {
      features.remove(VirtioFeature.MQ);
    }
    long protocolFeatures = 0;
    for (ProtocolFeature feature : ProtocolFeature.values()) {
      protocolFeatures |= feature.mask();
    }
    return new Offer(VirtioFeature.mask(features), protocolFeatures, queuePairs, nic.mtu());
  }

  /** The keys, for Metatype. */
  @ObjectClassDefinition(
      name = "vhost-user NIC",
      description = "A virtio-net device for a virtual machine or a DPDK application")
  @interface Keys {

    @AttributeDefinition(description = "Name of the NIC, such as vm0")
    String name();

    @AttributeDefinition(
        description = "Path of the unix socket; a relative one begins in the platform's home")
    String socket();

    @AttributeDefinition(
        description = "listen for the virtual machine at the socket, or connect to where it does",
        required = false)
    String mode() default LISTEN;

    @AttributeDefinition(
        description = "Most queue pairs that the guest can have",
        required = false,
        min = "1",
        max = "64")
    int queue$_$pairs() default 1;

    @AttributeDefinition(
        description = "Most threads that serve the queue pairs; as many as pairs if missing",
        required = false,
        min = "1",
        max = "64")
    int workers() default 1;

    @AttributeDefinition(
        description = "virtio features not to offer, such as RING_PACKED,MRG_RXBUF",
        required = false)
    String withhold();

    @AttributeDefinition(description = "Name of the endpoint to plug", required = false)
    String plug();

    @AttributeDefinition(
        description = "LDAP filter of endpoints that may stand in for the plugged one",
        required = false)
    String failover();

    @AttributeDefinition(
        description = "Whether the plugged endpoint, when it returns, replaces one that stands in",
        required = false)
    boolean failback() default false;

    @AttributeDefinition(
        description = "Whether the guest's link, that is the connection, follows the backend's",
        required = false)
    boolean follow$_$link() default false;

    @AttributeDefinition(
        description = "Milliseconds that frames wait in the ring after the endpoint went",
        required = false,
        min = "0",
        max = "3600000")
    long hold() default 0;

    @AttributeDefinition(
        description = "MAC address; made from the name if missing",
        required = false)
    String mac();

    @AttributeDefinition(
        description = "Largest layer-3 packet in bytes",
        required = false,
        min = "68",
        max = "65535")
    int mtu() default 1500;

    @AttributeDefinition(
        description = "Microseconds that an idle worker polls before it sleeps, or always",
        required = false)
    String spin() default "50";
  }
}
