package org.patchbay.disconnectable;

import java.util.regex.Pattern;

/** What names of endpoints, and of NICs, are made of. */
final class EndpointNames {

  /** The rule as the end of a sentence. */
  static final String RULE = "allowed are 1 to 64 letters, digits and the characters . _ -";

  private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private EndpointNames() {}

  static boolean isValid(String name) {
    return NAMES.matcher(name).matches();
  }
}
