package org.patchbay.api.control;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an operator configures of a NIC, apart from its frontend.
 *
 * @param name unique name: letters, digits, {@code . _ -}, 1 to 64 characters
 * @param plugAtStart name of the endpoint that is wanted from the start, or null; it need not exist
 *     yet
 * @param failoverFilter LDAP filter over endpoint service properties from which a substitute is
 *     taken when the plugged backend leaves or fails, or null for none
 * @param failback whether the wanted endpoint, when it returns, takes over from a substitute too
 *     (from the fallback it always does)
 * @param followLink whether the backend's link notifications reach the guest
 * @param requiresOrder whether the guest relies on packets in order, so that an endpoint without
 *     order is refused
 */
public record NicSettings(
    String name,
    @Nullable String plugAtStart,
    @Nullable String failoverFilter,
    boolean failback,
    boolean followLink,
    boolean requiresOrder) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  public NicSettings {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name is '" + name + "'; allowed are 1 to 64 letters, digits and the characters . _ -");
    }
  }

  /** Settings with every choice at its default. */
  public static NicSettings of(String name) {
    return new NicSettings(name, null, null, false, false, false);
  }
}
