package org.patchbay.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class UnitsTest {

  @Test
  void bitRatesHaveAtMostOneDecimal() {
    assertEquals("0 bit/s", Units.bitsPerSecond(0));
    assertEquals("999 bit/s", Units.bitsPerSecond(999));
    assertEquals("1 kbit/s", Units.bitsPerSecond(1000));
    assertEquals("2.5 Gbit/s", Units.bitsPerSecond(2.5e9));
    assertEquals("1 Gbit/s", Units.bitsPerSecond(999_990_000));
    assertEquals("9223372 Tbit/s", Units.bitsPerSecond(Long.MAX_VALUE).replaceFirst("\\..", ""));
  }

  @Test
  void durationsAreRoundedToMicroseconds() {
    assertEquals("0 µs", Units.micros(499));
    assertEquals("1 µs", Units.micros(500));
    assertEquals("open (no packet yet)", Units.blackout(-1));
    assertEquals("0 µs", Units.blackout(0));
  }
}
