package org.patchbay.benchmarks;

import org.patchbay.drills.rig.RigException;

/** Measures ours and the yardstick in turn. */
final class Rounds {

  /** How many turns each row takes; a median of fewer says little. */
  static final int COUNT = 7;

  /** One measurement of one side. */
  @FunctionalInterface
  interface Measurement {
    double measure() throws RigException, InterruptedException;
  }

  private Rounds() {}

  /**
   * Runs all rounds of one row. Who goes first changes from round to round, so that neither side
   * always meets what the other left behind.
   */
  static Row inTurn(
      String label, String unit, Measurement ours, Measurement theirs, Target target, double figure)
      throws RigException, InterruptedException {
    double[] ourValues = new double[COUNT];
    double[] theirValues = new double[COUNT];
    for (int round = 0; round < COUNT; round++) {
      if (round % 2 == 0) {
        ourValues[round] = ours.measure();
        theirValues[round] = theirs.measure();
      } else {
        theirValues[round] = theirs.measure();
        ourValues[round] = ours.measure();
      }
    }
    return new Row(label, unit, ourValues, theirValues, target, figure);
  }
}
