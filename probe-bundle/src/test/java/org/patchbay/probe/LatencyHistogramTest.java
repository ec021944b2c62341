package org.patchbay.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {

  private final LatencyHistogram histogram = new LatencyHistogram();

  @Test
  void saysNothingOfNothing() {
    assertEquals(Latency.NONE, histogram.summarize());
  }

  @Test
  void isExactForOneFrame() {
    histogram.record(123_456);
    assertEquals(
        new Latency(1, 123_456, 123_456, 123_456, 123_456, 123_456), histogram.summarize());
  }

  @Test
  void takesTheWholeRange() {
    histogram.record(-5);
    histogram.record(Long.MAX_VALUE / 2);
    Latency latency = histogram.summarize();
    assertEquals(0, latency.least());
    assertEquals(0, latency.median());
    assertEquals(Long.MAX_VALUE / 2, latency.most());
    assertEquals(Long.MAX_VALUE / 2, latency.percentile99());
  }

  @Test
  void boundsPercentilesFromAboveByAnEighth() {
    Random random = new Random(7);
    long[] values = new long[10_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) Math.exp(random.nextDouble() * 20);
      histogram.record(values[i]);
    }
    Arrays.sort(values);
    Latency latency = histogram.summarize();
    assertEquals(values.length, latency.frames());
    assertEquals(values[0], latency.least());
    assertEquals(values[values.length - 1], latency.most());
    assertEquals(Arrays.stream(values).sum() / values.length, latency.mean());
    assertBound(values[values.length / 2 - 1], latency.median());
    assertBound(values[values.length * 99 / 100 - 1], latency.percentile99());
  }

  private static void assertBound(long exact, long bound) {
    assertTrue(
        bound >= exact && bound <= exact + exact / 8 + 1, bound + " is no bound of " + exact);
  }

  @Test
  void forgetsWhenTold() {
    histogram.record(9);
    histogram.clear();
    assertEquals(Latency.NONE, histogram.summarize());
    histogram.record(4);
    assertEquals(new Latency(1, 4, 4, 4, 4, 4), histogram.summarize());
  }
}
