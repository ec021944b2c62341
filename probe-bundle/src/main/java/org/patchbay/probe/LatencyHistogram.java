package org.patchbay.probe;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts latencies in classes that grow with them: eight to an octave, so that a class is at most
 * an eighth wider than its lower bound. One thread records, any thread summarizes.
 */
final class LatencyHistogram {

  private static final int BITS = 3;
  private static final int CLASSES_PER_OCTAVE = 1 << BITS;

  private final AtomicLongArray counts =
      new AtomicLongArray((Long.SIZE - BITS) * CLASSES_PER_OCTAVE);
  private final AtomicLong sum = new AtomicLong();
  private final AtomicLong least = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong most = new AtomicLong();

  /** Records a latency in nanoseconds; a negative one counts as 0. */
  void record(long nanos) {
    long latency = Math.max(nanos, 0);
    int index = indexOf(latency);
    counts.setOpaque(index, counts.getPlain(index) + 1);
    sum.setOpaque(sum.getPlain() + latency);
    if (latency < least.getPlain()) {
      least.setOpaque(latency);
    }
    if (latency > most.getPlain()) {
      most.setOpaque(latency);
    }
  }

  /** Forgets everything; by the recording thread. */
  void clear() {
    for (int i = 0; i < counts.length(); i++) {
      counts.setOpaque(i, 0);
    }
    sum.setOpaque(0);
    least.setOpaque(Long.MAX_VALUE);
    most.setOpaque(0);
  }

  /** What was recorded so far. */
  Latency summarize() {
    long[] copy = new long[counts.length()];
    long total = 0;
    for (int i = 0; i < copy.length; i++) {
      copy[i] = counts.getOpaque(i);
      total += copy[i];
    }
    if (total == 0) {
      return Latency.NONE;
    }
    long largest = most.getOpaque();
    return new Latency(
        total,
        Math.min(least.getOpaque(), largest),
        sum.getOpaque() / total,
        Math.min(percentile(copy, total, 50), largest),
        Math.min(percentile(copy, total, 99), largest),
        largest);
  }

  private static long percentile(long[] counts, long total, int percent) {
    // The rank of the frame that at least that many per cent are not later than.
    long rank = (total * percent + 99) / 100;
    long seen = 0;
    int index = 0;
    while (index < counts.length - 1 && (seen += counts[index]) < rank) {
      index++;
    }
    return upperBound(index);
  }

  private static int indexOf(long value) {
    if (value < CLASSES_PER_OCTAVE) {
      return (int) value;
    }
    int shift = Long.SIZE - 1 - BITS - Long.numberOfLeadingZeros(value);
    return (shift << BITS) + (int) (value >>> shift);
  }

  private static long upperBound(int index) {
    if (index < CLASSES_PER_OCTAVE) {
      return index;
    }
    int shift = (index >>> BITS) - 1;
    long lead = CLASSES_PER_OCTAVE + (index & (CLASSES_PER_OCTAVE - 1));
    return ((lead + 1) << shift) - 1;
  }
}
