package org.patchbay.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RowTest {

  private static Row row(double ours, double theirs, Target target, double figure) {
    return new Row(
        "a row",
        "ns",
        new double[] {ours, 1, 1000},
        new double[] {theirs, 1, 1000},
        target,
        figure);
  }

  @Test
  void aLineEndsAsScriptsExpect() {
    Row row = row(12.5, 10, Target.ratioAtMost(1.3), Row.NO_FIGURE);
    String line = row.line(true);
    assertTrue(line.endsWith(" ours=12.5 theirs=10.0 ratio=1.25 target=1.30 met"), line);
    assertTrue(line.contains("rounds=3 spread=1.00..1000|1.00..1000"), line);
  }

  @Test
  void theMedianDecides() {
    assertEquals(Row.Verdict.MISSED, row(14, 10, Target.ratioAtMost(1.3), 10).verdict(true));
    assertEquals(Row.Verdict.MET, row(9, 10, Target.ratioAtLeast(0.9), 10).verdict(true));
    assertEquals(Row.Verdict.MISSED, row(8.9, 10, Target.ratioAtLeast(0.9), 10).verdict(true));
    assertEquals(Row.Verdict.MET, row(2, 10, Target.valueAtMost(2), 10).verdict(true));
    assertEquals(Row.Verdict.MISSED, row(2.1, 10, Target.valueAtMost(2), 10).verdict(true));
    Row even =
        new Row(
            "even",
            "s",
            new double[] {4, 1, 3, 2},
            new double[] {1, 1, 1, 1},
            Target.valueAtMost(2.5),
            Row.NO_FIGURE);
    assertEquals(2.5, even.ourMedian());
  }

  @Test
  void aSlowYardstickMakesTheRowInvalidOnALikeMachineOnly() {
    Row slow = row(10, 11.6, Target.ratioAtMost(1.3), 10);
    assertEquals(Row.Verdict.INVALID, slow.verdict(true));
    assertEquals(Row.Verdict.MET, slow.verdict(false));
    assertEquals(Row.Verdict.MET, row(10, 11.4, Target.ratioAtMost(1.3), 10).verdict(true));
    Row lowRate = row(10, 8.6, Target.ratioAtLeast(0.9), 10);
    assertEquals(Row.Verdict.INVALID, lowRate.verdict(true));
    assertEquals(Row.Verdict.MET, row(10, 8.8, Target.ratioAtLeast(0.9), 10).verdict(true));
  }
}
