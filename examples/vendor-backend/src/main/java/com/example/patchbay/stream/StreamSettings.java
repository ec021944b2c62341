package com.example.patchbay.stream;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.UnixSocket;

/**
 * What a configuration asks for, checked.
 *
 * @param name the endpoint's name
 * @param server whether to listen; else to connect
 * @param address where: a unix or a TCP address
 * @param buffer how many received bytes are held at most
 * @param hold how long transmits wait while there is no peer
 */
record StreamSettings(
    String name, boolean server, SocketAddress address, int buffer, Duration hold) {

  /** Holds the longest frame with its length, and as much again. */
  static final int DEFAULT_BUFFER = 131_072;

  /** Largest buffer, in bytes. */
  static final int MAX_BUFFER = 16_777_216;

  /** Enough for a peer that is restarted, in milliseconds. */
  static final int DEFAULT_HOLD_MILLIS = 1000;

  private static final int MAX_HOLD_MILLIS = 3_600_000;

  private static final String NAME = "name";
  private static final String MODE = "mode";
  private static final String PATH = "path";
  private static final String ADDRESS = "address";
  private static final String BUFFER = "buffer";
  private static final String HOLD = "hold";
  private static final Set<String> KEYS = Set.of(NAME, MODE, PATH, ADDRESS, BUFFER, HOLD);
  private static final String SERVICE_PID = "service.pid";

  private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:\\[([^\\[\\]]+)]|([^:\\[\\]]+)):([0-9]{1,5})");
  private static final String ADDRESSES =
      "allowed is HOST:PORT with a numeric HOST ([...] around IPv6) or localhost, and PORT 1 to"
          + " 65535";

  /**
   * Reads a configuration.
   *
   * @param properties its keys and values, text or of the right type; keys with a dot are the
   *     framework's and skipped
   * @throws EndpointException {@link EndpointError#INVALID_CONFIGURATION}, with key, value and what
   *     is allowed
   */
  static StreamSettings of(Map<String, ?> properties) throws EndpointException {
    for (String key : properties.keySet()) {
      if (key.indexOf('.') < 0 && !KEYS.contains(key)) {
        throw invalid(
            key, properties.get(key), "the keys are name, mode, path, address, buffer, hold");
      }
    }
    return new StreamSettings(
        endpointName(properties),
        isServer(properties),
        place(properties),
        number(properties, BUFFER, DEFAULT_BUFFER, FrameReader.MIN_CAPACITY, MAX_BUFFER, " bytes"),
        Duration.ofMillis(
            number(properties, HOLD, DEFAULT_HOLD_MILLIS, 0, MAX_HOLD_MILLIS, " milliseconds")));
  }

  private static String endpointName(Map<String, ?> properties) throws EndpointException {
    String name = text(properties, NAME);
    if (name.isEmpty()) {
      String pid = text(properties, SERVICE_PID);
      int tilde = pid.indexOf('~');
      if (tilde < 0) {
        throw invalid(NAME, "", "it is required where the PID has no ~ with a name behind it");
      }
      name = pid.substring(tilde + 1);
    }
    if (!NAMES.matcher(name).matches()) {
      throw invalid(
          NAME, name, "allowed are 1 to 63 letters, digits, dots, dashes and underscores");
    }
    return name;
  }

  private static boolean isServer(Map<String, ?> properties) throws EndpointException {
    String mode = text(properties, MODE);
    return switch (mode) {
      case "", "client" -> false;
      case "server" -> true;
      default -> throw invalid(MODE, mode, "allowed are client and server");
    };
  }

  private static SocketAddress place(Map<String, ?> properties) throws EndpointException {
    String path = text(properties, PATH);
    String address = text(properties, ADDRESS);
    if (path.isEmpty() == address.isEmpty()) {
      throw invalid(
          path.isEmpty() ? PATH : ADDRESS,
          address,
          path.isEmpty()
              ? "either path or address is required"
              : "it is not allowed together with path");
    }
    return path.isEmpty() ? internet(address) : unix(path);
  }

  private static SocketAddress unix(String text) throws EndpointException {
    Path path;
    try {
      path = Path.of(text);
    } catch (InvalidPathException e) {
      throw invalid(PATH, text, "allowed is an absolute path: " + e.getReason());
    }
    if (!path.isAbsolute()) {
      throw invalid(PATH, text, "allowed is an absolute path, which begins with /");
    }
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > UnixSocket.MAX_PATH_LENGTH) {
      throw invalid(
          PATH,
          text,
          "with its %d bytes it is too long for a unix socket; allowed are 1 to %d"
              .formatted(length, UnixSocket.MAX_PATH_LENGTH));
    }
    return UnixDomainSocketAddress.of(path);
  }

  private static SocketAddress internet(String text) throws EndpointException {
    Matcher parts = HOST_PORT.matcher(text);
    if (!parts.matches()) {
      throw invalid(ADDRESS, text, ADDRESSES);
    }
    int port = Integer.parseInt(parts.group(3));
    String host = parts.group(1) == null ? parts.group(2) : parts.group(1);
    if (port < 1 || port > 65_535 || host == null) {
      throw invalid(ADDRESS, text, ADDRESSES);
    }
    try {
      // A name would have to be looked up, which may take long: numbers only.
      return new InetSocketAddress(
          InetAddress.ofLiteral(host.equals("localhost") ? "127.0.0.1" : host), port);
    } catch (IllegalArgumentException e) {
      throw invalid(ADDRESS, text, ADDRESSES);
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

  private static EndpointException invalid(String key, @Nullable Object value, String allowed) {
    return new EndpointException(
        EndpointError.INVALID_CONFIGURATION, key + " is '" + value + "'; " + allowed);
  }

  /** The key and value that say where, as the configuration has them. */
  String place() {
    return address instanceof InetSocketAddress internet
        ? "address '" + hostPort(internet) + "'"
        : "path '" + address + "'";
  }

  /** Where, for people: a path or HOST:PORT. */
  String where() {
    return address instanceof InetSocketAddress internet ? hostPort(internet) : address.toString();
  }

  private static String hostPort(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }
}
