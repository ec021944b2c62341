package org.patchbay.benchmarks;

/**
 * What a row is measured against.
 *
 * @param kind what is compared with the limit
 * @param limit the bound, a ratio or a value in the row's unit
 */
record Target(Kind kind, double limit) {

  enum Kind {
    /** Ours divided by theirs is at most the limit: times and costs. */
    RATIO_AT_MOST,
    /** Ours divided by theirs is at least the limit: rates. */
    RATIO_AT_LEAST,
    /** Ours alone is at most the limit. */
    VALUE_AT_MOST
  }

  static Target ratioAtMost(double limit) {
    return new Target(Kind.RATIO_AT_MOST, limit);
  }

  static Target ratioAtLeast(double limit) {
    return new Target(Kind.RATIO_AT_LEAST, limit);
  }

  static Target valueAtMost(double limit) {
    return new Target(Kind.VALUE_AT_MOST, limit);
  }

  /** Whether a smaller value is the better one. */
  boolean smallerIsBetter() {
    return kind != Kind.RATIO_AT_LEAST;
  }

  boolean met(double ours, double theirs) {
    return switch (kind) {
      case RATIO_AT_MOST -> ours / theirs <= limit;
      case RATIO_AT_LEAST -> ours / theirs >= limit;
      case VALUE_AT_MOST -> ours <= limit;
    };
  }
}
