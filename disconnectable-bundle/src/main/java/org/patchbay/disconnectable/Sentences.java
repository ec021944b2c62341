package org.patchbay.disconnectable;

import java.util.List;

/** Puts what others wrote into operators' sentences, on one line and of bounded length. */
final class Sentences {

  private static final int MOST_QUOTED = 96;
  private static final int MOST_LISTED = 24;

  private Sentences() {}

  /** A foreign text in quotes. */
  static String quote(String text) {
    return "'" + clip(text, MOST_QUOTED) + "'";
  }

  /** Names one after the other, the first few of many. */
  static String list(List<String> names) {
    if (names.size() <= MOST_LISTED) {
      return String.join(", ", names);
    }
    return String.join(", ", names.subList(0, MOST_LISTED))
        + " and "
        + (names.size() - MOST_LISTED)
        + " more";
  }

  /**
   * A foreign text without control characters, cut off where it is too long.
   *
   * @param most largest number of characters
   */
  static String clip(String text, int most) {
    int length = text.length();
    StringBuilder clean = new StringBuilder(Math.min(length, most));
    for (int i = 0; i < length && i < most; i++) {
      char each = text.charAt(i);
      clean.append(isPlain(each) ? each : '?');
    }
    if (length > most) {
      clean.append("… (").append(length).append(" characters)");
    }
    return clean.toString();
  }

  /** Whether a character takes its one place on a line, and changes nothing around it. */
  private static boolean isPlain(char each) {
    return switch (Character.getType(each)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          false;
      default -> true;
    };
  }
}
