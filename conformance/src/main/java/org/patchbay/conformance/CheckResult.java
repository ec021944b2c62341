package org.patchbay.conformance;

/**
 * What one check of a line found. A line may have several.
 *
 * @param line the line's id, such as {@code Q7}
 * @param title what was checked, as a short sentence
 * @param outcome what came of it
 * @param detail why, if it is not {@link Outcome#HELD}; else empty
 */
public record CheckResult(String line, String title, Outcome outcome, String detail) {

  /** Whether this result is no reason to refuse the endpoint. */
  public boolean isAcceptable() {
    return switch (outcome) {
      case HELD, NOT_APPLICABLE, NOT_CHECKED -> true;
      case BROKEN, BLOCKED, FIXTURE_FAILED -> false;
    };
  }

  /** One line of text: id, outcome if it did not hold, title, and why. */
  public String text() {
    return line + " " + note();
  }

  /** The same without the id. */
  String note() {
    return switch (outcome) {
      case HELD -> title;
      case BROKEN -> title + " – BROKEN: " + detail;
      case NOT_APPLICABLE -> title + " – not applicable: " + detail;
      case NOT_CHECKED, BLOCKED -> title + " – not checked: " + detail;
      case FIXTURE_FAILED -> title + " – the fixture failed: " + detail;
    };
  }
}
