package org.patchbay.launcher.deploy;

import org.jspecify.annotations.Nullable;

/** Text from strangers as one line that no terminal takes for a command. */
final class Printable {
  private static final int LONGEST = 500;

  private Printable() {}

  /** A text with a question mark for each character that is not to be printed, cut if too long. */
  static String text(@Nullable String stranger) {
    String text = String.valueOf(stranger).strip().replaceAll("\\s+", " ");
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .limit(LONGEST)
        .map(
            point ->
                switch (Character.getType(point)) {
                  case Character.CONTROL,
                      Character.FORMAT,
                      Character.SURROGATE,
                      Character.PRIVATE_USE,
                      Character.UNASSIGNED,
                      Character.LINE_SEPARATOR,
                      Character.PARAGRAPH_SEPARATOR ->
                      '?';
                  default -> point;
                })
        .forEach(printable::appendCodePoint);
    return printable.toString();
  }
}
