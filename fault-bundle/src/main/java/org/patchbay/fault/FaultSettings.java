package org.patchbay.fault;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

/**
 * What a configuration asks for, checked.
 *
 * @param name the endpoint's name
 * @param fault what is wrong with it
 * @param in in which call
 * @param after how many of those calls go well first
 * @param blockNanos how long a call blocks; 0 for as long as the configuration is there
 * @param release a file whose appearance ends all blocking, or null
 * @param takes the name that is taken, or empty
 * @param services how many services are registered
 * @param threads how many threads each leak leaves behind
 * @param descriptors how many descriptors
 * @param around name of the endpoint that serves; empty for a loopback of its own
 * @param disturbance what happens to frames
 */
record FaultSettings(
    String name,
    Fault fault,
    Call in,
    long after,
    long blockNanos,
    @Nullable Path release,
    String takes,
    int services,
    int threads,
    int descriptors,
    String around,
    Disturbance disturbance) {

  private static final List<String> KEYS =
      List.of(
          "name",
          "fault",
          "in",
          "after",
          "millis",
          "release",
          "takes",
          "services",
          "threads",
          "descriptors",
          "around",
          "direction",
          "delay",
          "delayed",
          "drop",
          "duplicate",
          "reorder",
          "corrupt",
          "seed");

  /** Keys that only some faults have. */
  private static final Map<String, Set<Fault>> OF_FAULTS =
      Map.of(
          "millis", EnumSet.of(Fault.BLOCK, Fault.BLOCK_NATIVE),
          "release", EnumSet.of(Fault.BLOCK, Fault.BLOCK_NATIVE),
          "takes", EnumSet.of(Fault.TAKE_NAME),
          "services", EnumSet.of(Fault.REGISTER_MANY),
          "threads", EnumSet.of(Fault.LEAK),
          "descriptors", EnumSet.of(Fault.LEAK));

  private static final String SERVICE_PID = "service.pid";
  private static final Pattern ENDPOINT_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final String NAMES_ALLOWED =
      "allowed are 1 to 63 letters, digits, dots, dashes and underscores";
  private static final int MOST_MILLIS = 600_000;
  private static final int MOST_DELAY_MILLIS = 60_000;

  /**
   * Reads a configuration.
   *
   * @param properties its keys and values, text or of the right type; keys with a dot are the
   *     framework's and skipped
   * @throws EndpointException {@link EndpointError#INVALID_CONFIGURATION}, with key, value and what
   *     is allowed
   */
  static FaultSettings of(Map<String, ?> properties) throws EndpointException {
    for (String key : properties.keySet()) {
      if (key.indexOf('.') < 0 && !KEYS.contains(key)) {
        throw invalid(key, properties.get(key), "the keys are " + String.join(", ", KEYS));
      }
    }
    String name = endpointName(properties);
    Fault fault = fault(properties);
    for (Map.Entry<String, Set<Fault>> key : OF_FAULTS.entrySet()) {
      String value = text(properties, key.getKey());
      if (!value.isEmpty() && !key.getValue().contains(fault)) {
        throw invalid(key.getKey(), value, "it is allowed with " + faults(key.getValue()));
      }
    }
    return new FaultSettings(
        name,
        fault,
        call(properties, fault),
        number(properties, "after", 0, 0, Long.MAX_VALUE, ""),
        1_000_000 * number(properties, "millis", 0, 0, MOST_MILLIS, " milliseconds"),
        release(properties),
        takes(properties, fault),
        (int) number(properties, "services", 1000, 1, 10_000, ""),
        (int) number(properties, "threads", 10, 0, 1000, ""),
        (int) number(properties, "descriptors", 10, 0, 1000, ""),
        around(properties, name),
        disturbance(properties, fault));
  }

  private static String faults(Set<Fault> faults) {
    return "fault="
        + String.join(" and fault=", faults.stream().map(Fault::text).toList())
        + " only";
  }

  private static String endpointName(Map<String, ?> properties) throws EndpointException {
    String name = text(properties, "name");
    if (name.isEmpty()) {
      String pid = text(properties, SERVICE_PID);
      name = pid.substring(pid.indexOf('~') + 1);
      if (name.length() == pid.length()) {
        throw invalid("name", "", "it is required where the PID has no ~ with a name behind it");
      }
    }
    if (!ENDPOINT_NAME.matcher(name).matches()) {
      throw invalid("name", name, NAMES_ALLOWED);
    }
    return name;
  }

  private static Fault fault(Map<String, ?> properties) throws EndpointException {
    String text = text(properties, "fault");
    Fault fault = text.isEmpty() ? Fault.NONE : Fault.of(text);
    if (fault == null) {
      throw invalid("fault", text, "allowed are " + Fault.names());
    }
    return fault;
  }

  private static Call call(Map<String, ?> properties, Fault fault) throws EndpointException {
    String text = text(properties, "in");
    Call call = text.isEmpty() ? fault.usualCall() : Call.of(text);
    if (call == null || !fault.calls().contains(call)) {
      throw invalid(
          "in", text, "allowed with fault=" + fault.text() + " are " + Call.names(fault.calls()));
    }
    return call;
  }

  private static @Nullable Path release(Map<String, ?> properties) throws EndpointException {
    String text = text(properties, "release");
    try {
      Path path = text.isEmpty() ? null : Path.of(text);
      if (path == null || path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) {
      // As wrong as one that begins nowhere.
    }
    throw invalid("release", text, "allowed is the absolute path of a file");
  }

  private static String takes(Map<String, ?> properties, Fault fault) throws EndpointException {
    String takes = text(properties, "takes");
    if (fault == Fault.TAKE_NAME && !ENDPOINT_NAME.matcher(takes).matches()) {
      throw invalid("takes", takes, NAMES_ALLOWED);
    }
    return takes;
  }

  private static String around(Map<String, ?> properties, String name) throws EndpointException {
    String around = text(properties, "around");
    if (around.equals(name)) {
      throw invalid("around", around, "allowed is the name of another endpoint");
    }
    if (!around.isEmpty() && !ENDPOINT_NAME.matcher(around).matches()) {
      throw invalid("around", around, NAMES_ALLOWED);
    }
    return around;
  }

  private static Disturbance disturbance(Map<String, ?> properties, Fault fault)
      throws EndpointException {
    String text = text(properties, "direction");
    Direction direction = text.isEmpty() ? Direction.BOTH : Direction.of(text);
    if (direction == null) {
      throw invalid("direction", text, "allowed are " + Direction.names());
    }
    int duplicate = rate(properties, "duplicate", 0);
    int corrupt = rate(properties, "corrupt", 0);
    if (duplicate > 0 && direction == Direction.RECEIVE) {
      throw invalid("direction", text, "duplicate acts on frames that are sent");
    }
    if (corrupt > 0 && direction == Direction.SEND) {
      throw invalid("direction", text, "corrupt acts on frames that are received");
    }
    return new Disturbance(
        direction,
        1_000_000 * number(properties, "delay", 0, 0, MOST_DELAY_MILLIS, " milliseconds"),
        rate(properties, "delayed", Disturbance.ALL),
        rate(properties, "drop", 0),
        duplicate,
        rate(properties, "reorder", fault == Fault.LIE_ORDER ? Disturbance.ALL / 2 : 0),
        corrupt,
        number(properties, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE, ""));
  }

  /** A percentage in millionths. */
  private static int rate(Map<String, ?> properties, String key, int missing)
      throws EndpointException {
    String text = text(properties, key);
    if (text.isEmpty()) {
      return missing;
    }
    try {
      double percent = Double.parseDouble(text);
      if (percent >= 0 && percent <= 100) {
        return (int) Math.round(percent * Disturbance.ALL / 100);
      }
    } catch (NumberFormatException e) {
      // Said below, in one sentence for both.
    }
    throw invalid(key, text, "allowed are 0 to 100 percent, such as 0.5");
  }

  private static long number(
      Map<String, ?> properties, String key, long missing, long least, long most, String unit)
      throws EndpointException {
    String text = text(properties, key);
    if (text.isEmpty()) {
      return missing;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Not a number is as wrong as one out of range.
    }
    throw invalid(key, text, "allowed are " + least + " to " + most + unit);
  }

  private static String text(Map<String, ?> properties, String key) {
    Object value = properties.get(key);
    return value == null ? "" : value.toString().strip();
  }

  private static EndpointException invalid(String key, @Nullable Object value, String allowed) {
    return new EndpointException(
        EndpointError.INVALID_CONFIGURATION, key + " is '" + value + "'; " + allowed);
  }
}
