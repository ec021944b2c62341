package org.patchbay.drills;

import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/** Half a minute of a live swap, with a table of what happened. */
final class Demo {
  private Demo() {}

  /**
   * Shows kernel traffic where that can be had, else in-process endpoints.
   *
   * @return whether all went as it should
   */
  static boolean run(Narrator out) throws InterruptedException {
    try {
      Optional<String> obstacle = KernelStory.obstacle();
      if (obstacle.isPresent()) {
        out.say("Not shown is a kernel host's uplink, as " + obstacle.get() + ".");
      }
      Story story = obstacle.isPresent() ? InProcessStory.tell(out) : KernelStory.tell(out);
      story.mustHoldGood(out);
      return true;
    } catch (RigException e) {
      System.err.println("The demo failed: " + e.getMessage());
      return false;
    }
  }
}
