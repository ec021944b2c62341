package org.patchbay.frontend;

/**
 * Decides whether an idle worker goes on polling before it sleeps. Polling pays while packets come
 * at gaps shorter than the window and is wasted else, so the policy watches: windows that ran out
 * in vain stop the spinning, sleeps that turn out shorter than the window bring it back. Worker
 * only.
 */
final class SpinPolicy {

  private static final int VAIN_WINDOWS = 3;
  private static final int SHORT_SLEEPS = 4;

  private final long windowNanos;
  private int vainWindows;
  private int shortSleeps;
  private long idleSince;
  private boolean idle;

  SpinPolicy(long windowNanos) {
    this.windowNanos = windowNanos;
  }

  /** The worker had something to do. */
  void worked() {
    if (idle) {
      idle = false;
      vainWindows = 0;
    }
  }

  /** The worker had nothing to do; whether it should poll again at once. */
  boolean keepPolling(long now) {
    if (windowNanos == 0 || vainWindows >= VAIN_WINDOWS) {
      return false;
    }
    if (!idle) {
      idle = true;
      idleSince = now;
      return true;
    }
    if (now - idleSince < windowNanos) {
      return true;
    }
    idle = false;
    vainWindows++;
    return false;
  }

  /** The worker slept for that long until something came. */
  void slept(long nanos) {
    idle = false;
    if (nanos >= windowNanos) {
      shortSleeps = 0;
    } else if (++shortSleeps >= SHORT_SLEEPS) {
      shortSleeps = 0;
      vainWindows = 0;
    }
  }
}
