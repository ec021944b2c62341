package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RestartLimitTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void theThirdWithinTenSecondsIsOneTooMany() {
    RestartLimit limit = new RestartLimit();
    assertFalse(limit.isExceededBy(1, 0));
    assertFalse(limit.isExceededBy(1, 4 * SECOND));
    assertTrue(limit.isExceededBy(1, 9 * SECOND));
  }

  @Test
  void requestsFarApartAreHonoured() {
    RestartLimit limit = new RestartLimit();
    for (int i = 0; i < 10; i++) {
      assertFalse(limit.isExceededBy(1, i * 6 * SECOND), "request " + i);
    }
  }

  @Test
  void anotherGenerationBeginsAnew() {
    RestartLimit limit = new RestartLimit();
    assertFalse(limit.isExceededBy(1, 0));
    assertFalse(limit.isExceededBy(1, 1));
    assertFalse(limit.isExceededBy(2, 2));
  }
}
