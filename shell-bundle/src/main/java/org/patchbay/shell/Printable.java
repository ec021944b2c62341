package org.patchbay.shell;

/** Text that may hold what a stranger's bundle says, made fit for a terminal. */
final class Printable {

  private static final int LONGEST_CELL = 60;

  private Printable() {}

  /** Several lines, with a question mark for each character that a terminal might obey. */
  static String lines(String text) {
    if (text.codePoints().allMatch(point -> point == '\n' || isPrinted(point))) {
      return text;
    }
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .map(point -> point == '\n' || isPrinted(point) ? point : '?')
        .forEach(printable::appendCodePoint);
    return printable.toString();
  }

  /** The same as one line. */
  static String line(String text) {
    return lines(text.replace('\n', ' '));
  }

  /** The same as one line that leaves room for others beside it. */
  static String cell(String text) {
    String line = line(text);
    return line.codePointCount(0, line.length()) <= LONGEST_CELL
        ? line
        : line.substring(0, line.offsetByCodePoints(0, LONGEST_CELL - 1)) + "…";
  }

  private static boolean isPrinted(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
