package org.patchbay.probe;

/**
 * How long frames were under way, from when they were due to when they came back, in nanoseconds.
 * The percentiles are upper bounds, at most an eighth too high.
 *
 * @param frames how many frames were measured; all other values are 0 if none was
 * @param least the shortest
 * @param mean the arithmetic mean
 * @param median what half of the frames did not exceed
 * @param percentile99 what 99 of 100 frames did not exceed
 * @param most the longest
 */
public record Latency(
    long frames, long least, long mean, long median, long percentile99, long most) {

  static final Latency NONE = new Latency(0, 0, 0, 0, 0, 0);
}
