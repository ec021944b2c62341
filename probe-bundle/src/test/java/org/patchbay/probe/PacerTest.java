package org.patchbay.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacerTest {

  private static final long SECOND = 1_000_000_000L;

  private final Pacer pacer = new Pacer();

  private long advanceUntil(long now) {
    long count = 0;
    for (; pacer.due() - now <= 0; count++) {
      pacer.advance();
    }
    return count;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 3, 7, 1000, 333_333})
  void keepsTheRateWithoutAnErrorThatAddsUp(long rate) {
    long start = Long.MAX_VALUE - 5 * SECOND; // The clock may wrap.
    pacer.start(rate, start);
    assertEquals(1, advanceUntil(start), "the first is due at once");
    for (int second = 1; second <= 10; second++) {
      assertEquals(rate, advanceUntil(start + second * SECOND), "second " + second);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 3, 7, 1000, 333_333})
  void skipsExactlyWhatIsDue(long rate) {
    Pacer other = new Pacer();
    pacer.start(rate, 0);
    other.start(rate, 0);
    for (long now : new long[] {0, 1, SECOND / 3, SECOND / 3 + 1, SECOND, 3 * SECOND + 17}) {
      assertEquals(advanceUntil(now), other.skip(now), "at " + now);
      assertEquals(pacer.due(), other.due(), "after " + now);
    }
  }

  @Test
  void skipsALongSleepAtAHighRate() {
    pacer.start(ProbeSettings.MOST_FRAMES_PER_SECOND, 0);
    long day = 86_400 * SECOND;
    assertEquals(86_400 * ProbeSettings.MOST_FRAMES_PER_SECOND + 1, pacer.skip(day));
    assertEquals(day + 10, pacer.due());
  }
}
