package org.patchbay.tap;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.NetworkNamespace;
import org.patchbay.linux.Tun;

/**
 * What a configuration asks for, checked.
 *
 * @param name the endpoint's name
 * @param interfaceName the TAP's name; empty with a passed descriptor
 * @param namespace the network namespace as {@code ip netns} knows it; empty for the platform's own
 * @param mtu the MTU to set in bytes, or 0 to leave it
 * @param up whether to bring the interface up
 * @param descriptor the passed descriptor's number, or -1
 * @param offloads whether transmit offloads are offered
 * @param queues how many queues the interface has at most
 */
record TapSettings(
    String name,
    String interfaceName,
    String namespace,
    int mtu,
    boolean up,
    int descriptor,
    boolean offloads,
    int queues) {

  /** Smallest MTU that IPv4 allows, in bytes. */
  static final int MIN_MTU = 68;

  /** Largest MTU of a TAP: 65535 bytes less an Ethernet header. */
  static final int MAX_MTU = 65521;

  /** Most queues of an interface, each with a worker. */
  static final int MAX_QUEUES = 16;

  private static final String NAME = "name";
  private static final String IFNAME = "ifname";
  private static final String NETNS = "netns";
  private static final String MTU = "mtu";
  private static final String UP = "up";
  private static final String FD = "fd";
  private static final String OFFLOADS = "offloads";
  private static final String QUEUES = "queues";
  private static final Set<String> KEYS =
      Set.of(NAME, IFNAME, NETNS, MTU, UP, FD, OFFLOADS, QUEUES);
  private static final String SERVICE_PID = "service.pid";

  private static final Pattern ENDPOINT_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  /** What the kernel refuses in an interface name, and % which it would replace by a number. */
  private static final Pattern INTERFACE_NAME = Pattern.compile("[^/:%\\s\\p{Cntrl}]+");

  /**
   * Reads a configuration.
   *
   * @param properties its keys and values, text or of the right type; keys with a dot are the
   *     framework's and skipped
   * @throws EndpointException {@link EndpointError#INVALID_CONFIGURATION} or {@link
   *     EndpointError#NAME_TOO_LONG}, with key, value and what is allowed
   */
  static TapSettings of(Map<String, ?> properties) throws EndpointException {
    for (String key : properties.keySet()) {
      if (key.indexOf('.') < 0 && !KEYS.contains(key)) {
        throw invalid(
            key,
            properties.get(key),
            "the keys are name, ifname, netns, mtu, up, fd, offloads, queues");
      }
    }
    String name = endpointName(properties);
    int descriptor = number(properties, FD, -1, 0, Integer.MAX_VALUE, "");
    if (descriptor >= 0) {
      excludedByDescriptor(properties, IFNAME);
      excludedByDescriptor(properties, NETNS);
      excludedByDescriptor(properties, QUEUES);
    }
    return new TapSettings(
        name,
        descriptor >= 0 ? "" : interfaceName(properties, name),
        namespace(properties),
        number(properties, MTU, 0, MIN_MTU, MAX_MTU, " bytes"),
        flag(properties, UP, false),
        descriptor,
        flag(properties, OFFLOADS, true),
        number(properties, QUEUES, 1, 1, MAX_QUEUES, ""));
  }

  private static String endpointName(Map<String, ?> properties) throws EndpointException {
    String name = text(properties, NAME);
    if (name.isEmpty()) {
      String pid = text(properties, SERVICE_PID);
      name = pid.substring(pid.indexOf('~') + 1);
      if (name.length() == pid.length()) {
        throw invalid(NAME, "", "it is required where the PID has no ~ with a name behind it");
      }
    }
    if (!ENDPOINT_NAME.matcher(name).matches()) {
      throw invalid(
          NAME, name, "allowed are 1 to 63 letters, digits, dots, dashes and underscores");
    }
    return name;
  }

  private static String interfaceName(Map<String, ?> properties, String name)
      throws EndpointException {
    String given = text(properties, IFNAME);
    String chosen = given.isEmpty() ? name : given;
    int length = chosen.getBytes(StandardCharsets.UTF_8).length;
    if (length > Tun.MAX_NAME_LENGTH) {
      throw new EndpointException(
          EndpointError.NAME_TOO_LONG,
          "ifname is '%s' with %d bytes; allowed are 1 to %d%s"
              .formatted(
                  chosen,
                  length,
                  Tun.MAX_NAME_LENGTH,
                  given.isEmpty() ? " (it is the endpoint's name by default)" : ""));
    }
    if (!INTERFACE_NAME.matcher(chosen).matches() || chosen.equals(".") || chosen.equals("..")) {
      throw invalid(IFNAME, chosen, "allowed are 1 to 15 bytes without space, slash, colon and %");
    }
    return chosen;
  }

  private static String namespace(Map<String, ?> properties) throws EndpointException {
    String namespace = text(properties, NETNS);
    if (!namespace.isEmpty() && NetworkNamespace.nameProblem(namespace) != null) {
      throw invalid(NETNS, namespace, "allowed is a name that ip netns lists, without a slash");
    }
    return namespace;
  }

  private static void excludedByDescriptor(Map<String, ?> properties, String key)
      throws EndpointException {
    if (!text(properties, key).isEmpty()) {
      throw invalid(key, properties.get(key), "it is not allowed together with fd");
    }
  }

  private static String text(Map<String, ?> properties, String key) {
    Object value = properties.get(key);
    return value == null ? "" : value.toString().strip();
  }

  private static int number(
      Map<String, ?> properties, String key, int missing, int least, int most, String unit)
      throws EndpointException {
    String text = text(properties, key);
    if (text.isEmpty()) {
      return missing;
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException reportedBelow) {
      // Not a number is as wrong as one out of range.
    }
    throw invalid(key, text, "allowed are " + least + " to " + most + unit);
  }

  private static boolean flag(Map<String, ?> properties, String key, boolean missing)
      throws EndpointException {
    String text = text(properties, key);
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "" -> missing;
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid(key, text, "allowed are true and false");
    };
  }

  private static EndpointException invalid(String key, @Nullable Object value, String allowed) {
    return new EndpointException(
        EndpointError.INVALID_CONFIGURATION, key + " is '" + value + "'; " + allowed);
  }
}
