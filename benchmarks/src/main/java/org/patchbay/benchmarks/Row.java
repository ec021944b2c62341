package org.patchbay.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/**
 * One finished comparison: what each round gave for ours and for the yardstick.
 *
 * @param label what was measured
 * @param unit the unit of both series
 * @param ours one value a round
 * @param theirs the yardstick's, of the same rounds
 * @param target what ours is to reach
 * @param figure the yardstick's figure on the reference machine, or NaN if there is none
 */
record Row(
    String label, String unit, double[] ours, double[] theirs, Target target, double figure) {

  /** No reference figure for this yardstick. */
  static final double NO_FIGURE = Double.NaN;

  /** How much worse than its figure a yardstick may do before its row says nothing. */
  private static final double TOLERANCE = 1.15;

  /** Whether the row's target was reached, or cannot be judged. */
  enum Verdict {
    MET,
    MISSED,
    INVALID;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  double ourMedian() {
    return median(ours);
  }

  double theirMedian() {
    return median(theirs);
  }

  /**
   * Judges the row.
   *
   * @param likeMachine whether this machine is like the one the figures come from
   */
  Verdict verdict(boolean likeMachine) {
    if (likeMachine && !Double.isNaN(figure)) {
      double slowness = target.smallerIsBetter() ? theirMedian() / figure : figure / theirMedian();
      if (slowness > TOLERANCE) {
        return Verdict.INVALID;
      }
    }
    return target.met(ourMedian(), theirMedian()) ? Verdict.MET : Verdict.MISSED;
  }

  /** The row as scripts may rely on it. */
  String line(boolean likeMachine) {
    return String.format(
        Locale.ROOT,
        "%-34s %-10s rounds=%d spread=%s|%s ours=%s theirs=%s ratio=%.2f target=%.2f %s",
        label,
        unit,
        ours.length,
        spread(ours),
        spread(theirs),
        number(ourMedian()),
        number(theirMedian()),
        theirMedian() == 0 ? 0 : ourMedian() / theirMedian(),
        target.limit(),
        verdict(likeMachine));
  }

  private static String spread(double[] values) {
    return number(Arrays.stream(values).min().orElseThrow())
        + ".."
        + number(Arrays.stream(values).max().orElseThrow());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Three significant digits or more, never an exponent. */
  private static String number(double value) {
    int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
