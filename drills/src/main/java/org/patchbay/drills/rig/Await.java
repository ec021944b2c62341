package org.patchbay.drills.rig;

import java.time.Duration;

/** Waits for a condition that nothing signals, such as a kernel counter or a file. */
public final class Await {
  private static final long STEP_MILLIS = 5;

  private Await() {}

  /** Asks whether the condition holds. */
  @FunctionalInterface
  public interface Condition {
    /** Whether it holds now. */
    boolean holds() throws RigException, InterruptedException;
  }

  /**
   * Waits until a condition holds.
   *
   * @param what completes the sentence "within N ms there was not …"
   * @throws RigException if it does not hold within the limit
   */
  public static void until(String what, Duration limit, Condition condition)
      throws RigException, InterruptedException {
    if (!within(limit, condition)) {
      throw new RigException("Within " + limit.toMillis() + " ms there was not " + what + ".");
    }
  }

  /** Waits until a condition holds, and tells whether it did within the limit. */
  public static boolean within(Duration limit, Condition condition)
      throws RigException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      Thread.sleep(STEP_MILLIS);
    }
    return true;
  }
}
