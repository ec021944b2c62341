package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpinPolicyTest {

  private static final long WINDOW = 100;

  @Test
  void pollsForTheWindowAndThenSleeps() {
    SpinPolicy policy = new SpinPolicy(WINDOW);
    assertTrue(policy.keepPolling(1000));
    assertTrue(policy.keepPolling(1099));
    assertFalse(policy.keepPolling(1100));
  }

  @Test
  void workStartsTheWindowAnew() {
    SpinPolicy policy = new SpinPolicy(WINDOW);
    assertTrue(policy.keepPolling(1000));
    policy.worked();
    assertTrue(policy.keepPolling(1150));
    assertTrue(policy.keepPolling(1249));
    assertFalse(policy.keepPolling(1250));
  }

  @Test
  void givesUpAfterVainWindowsAndComesBackAfterShortSleeps() {
    SpinPolicy policy = new SpinPolicy(WINDOW);
    long now = 0;
    for (int i = 0; i < 3; i++) {
      assertTrue(policy.keepPolling(now));
      assertFalse(policy.keepPolling(now + WINDOW));
      policy.slept(10 * WINDOW);
      now += 20 * WINDOW;
    }
    assertFalse(policy.keepPolling(now), "three windows were in vain");
    for (int i = 0; i < 4; i++) {
      policy.slept(WINDOW / 2);
    }
    assertTrue(policy.keepPolling(now), "sleeps shorter than the window show that polling pays");
  }

  @Test
  void neverPollsWithoutAWindow() {
    assertFalse(new SpinPolicy(0).keepPolling(5));
  }

  @Test
  void aWindowWithoutEndIsNeverInVain() {
    SpinPolicy policy = new SpinPolicy(Engines.SPIN_ALWAYS);
    for (long now = -Long.MAX_VALUE / 4; now < Long.MAX_VALUE / 4; now += Long.MAX_VALUE / 64) {
      assertTrue(policy.keepPolling(now));
    }
  }
}
