package org.patchbay.drills;

import java.time.Duration;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * What a probe has counted of its numbered frames at one moment.
 *
 * @param sent frames that it sent
 * @param returned frames that came back
 * @param lost frames that it gave up, two seconds after they were sent
 * @param inFlight frames that may still come back
 * @param spoiled frames that came twice, in another order, changed, or that it does not know
 * @param skipped frames that were due while its ring was full, and so were never sent
 */
record ProbeCounts(long sent, long returned, long lost, long inFlight, long spoiled, long skipped) {

  /** A probe gives a frame up after two seconds, and its configuration is read twice a second. */
  private static final Duration REST_LIMIT = Duration.ofSeconds(8);

  /** Those of a probe's NIC. */
  static ProbeCounts of(Inspection nic) throws RigException {
    return new ProbeCounts(
        nic.number("sent"),
        nic.number("returned"),
        nic.number("lost"),
        nic.number("in flight"),
        nic.number("duplicates")
            + nic.number("reordered")
            + nic.number("corrupt")
            + nic.number("foreign"),
        nic.number("skipped"));
  }

  /**
   * Waits until a probe, whose rate is to be 0 by now, has no frame under way any more.
   *
   * @throws RigException if it still has after the limit, or if what it counted does not add up
   */
  static void awaitRest(PlatformProcess platform, String nic)
      throws RigException, InterruptedException {
    Await.until(
        "an end of what " + nic + " has under way",
        REST_LIMIT,
        () -> {
          Inspection now = platform.inspect(nic);
          return now.number("rate") == 0
              && now.number("queued") == 0
              && now.number("tx in flight") == 0
              && now.number("in flight") == 0;
        });
    ProbeCounts counts = of(platform.inspect(nic));
    if (!counts.addUp() || counts.spoiled() != 0) {
      throw new RigException("What " + nic + " counted does not add up: " + counts);
    }
  }

  /** Whether each frame that was sent is back, lost, or under way. */
  boolean addUp() {
    return sent - returned == lost + inFlight;
  }
}
