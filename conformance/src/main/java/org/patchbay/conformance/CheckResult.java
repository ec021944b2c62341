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
    return outcome == Outcome.HELD || outcome == Outcome.NOT_APPLICABLE;
  }

  /** One line of text: id, outcome if it did not hold, title, and why. */
  public String text() {
    String what = line + " " + title;
    return switch (outcome) {
      case HELD -> what;
      case BROKEN -> what + " – BROKEN: " + detail;
      case NOT_APPLICABLE -> what + " – not applicable: " + detail;
      case BLOCKED -> what + " – not checked: " + detail;
      case FIXTURE_FAILED -> what + " – the fixture failed: " + detail;
    };
  }
}
