package org.patchbay.frontend;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.MacAddress;
import org.patchbay.api.control.NicSettings;

/**
 * Reads a frontend's configuration. Every reader names the key, the value and what is allowed when
 * a value can't be used, by an {@link IllegalArgumentException}.
 *
 * <p>Keys that every NIC has: {@code plug}, {@code failover}, {@code failback}, {@code
 * follow-link}, {@code hold} (ms), {@code mac}, {@code mtu}; a frontend with several NICs puts a
 * prefix before each.
 */
public final class NicProperties {

  private static final int DEFAULT_MTU = 1500;
  private static final String SPIN = "spin";
  private static final String ALWAYS = "always";

  private final Map<String, ?> values;

  /**
   * @param values a component's configuration
   */
  public NicProperties(Map<String, ?> values) {
    this.values = Map.copyOf(values);
  }

  /**
   * Reads the settings of a NIC.
   *
   * @param name its name
   * @param frontend the frontend's kind
   * @param prefix put before each key, such as {@code "a."}
   */
  public EngineSettings nic(String name, String frontend, String prefix) {
    NicSettings nic =
        new NicSettings(
            name,
            text(prefix + "plug"),
            text(prefix + "failover"),
            flag(prefix + "failback", false),
            flag(prefix + "follow-link", false),
            false);
    String mac = text(prefix + "mac");
    MacAddress address;
    try {
      address = mac == null ? MacAddress.forName(name) : MacAddress.parse(mac);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(prefix + "mac: " + e.getMessage(), e);
    }
    long hold = number(prefix + "hold", 0, 0, TimeUnit.HOURS.toMillis(1));
    int mtu = (int) number(prefix + "mtu", DEFAULT_MTU, 68, 65535);
    return new EngineSettings(nic, frontend, address, mtu, TimeUnit.MILLISECONDS.toNanos(hold));
  }

  /**
   * How long an idle worker polls before it sleeps, of the key {@code spin}: microseconds, or
   * {@code always} for a worker that polls for ever and has the guest send no notifications. In
   * nanoseconds; {@link Engines#SPIN_ALWAYS} for always.
   */
  public long spinNanos() {
    if (ALWAYS.equals(text(SPIN))) {
      return Engines.SPIN_ALWAYS;
    }
    try {
      long micros =
          number(
              SPIN,
              TimeUnit.NANOSECONDS.toMicros(Engines.DEFAULT_SPIN_NANOS),
              0,
              TimeUnit.SECONDS.toMicros(1));
      return TimeUnit.MICROSECONDS.toNanos(micros);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", and " + ALWAYS, e);
    }
  }

  /** The text of a key, without blanks around; null if it is missing or empty. */
  public @Nullable String text(String key) {
    Object value = values.get(key);
    String text = value == null ? "" : value.toString().strip();
    return text.isEmpty() ? null : text;
  }

  /** The text of a key that must be there. */
  public String requiredText(String key) {
    String text = text(key);
    if (text == null) {
      throw new IllegalArgumentException(key + " is missing; it must be given");
    }
    return text;
  }

  /** A yes or no. */
  public boolean flag(String key, boolean defaultValue) {
    String text = text(key);
    if (text == null) {
      return defaultValue;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              key + " is '" + text + "'; allowed are true and false");
    };
  }

  /** A whole number within bounds, both allowed. */
  public long number(String key, long defaultValue, long least, long most) {
    String text = text(key);
    if (text == null) {
      return defaultValue;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, in one sentence for both.
    }
    throw new IllegalArgumentException(
        key + " is '" + text + "'; allowed are whole numbers from " + least + " to " + most);
  }
}
