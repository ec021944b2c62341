package org.patchbay.shell;

import java.util.Locale;

/** Numbers as people read them. */
final class Units {

  private static final String[] BIT_RATES = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};

  private Units() {}

  /** A bit rate with at most one decimal, such as {@code 2.5 Gbit/s}. */
  static String bitsPerSecond(double rate) {
    int unit = 0;
    double value = rate;
    while (value >= 999.95 && unit < BIT_RATES.length - 1) {
      value /= 1000;
      unit++;
    }
    String number = String.format(Locale.ROOT, "%.1f", value);
    String whole = number.endsWith(".0") ? number.substring(0, number.length() - 2) : number;
    return whole + " " + BIT_RATES[unit];
  }

  /** A duration in whole microseconds, such as {@code 12 µs}. */
  static String micros(long nanos) {
    return (nanos + 500) / 1000 + " µs";
  }

  /** A blackout; one whose end no packet has marked yet is negative. */
  static String blackout(long nanos) {
    return nanos < 0 ? "open (no packet yet)" : micros(nanos);
  }
}
