package org.patchbay.drills;

import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/**
 * Half a minute of a live swap, with a table of what happened; at the end a stranger's jar arrives
 * and leaves.
 */
final class Demo {
  private Demo() {}

  /**
   * Shows a virtual machine where that can be had, else kernel traffic, else in-process endpoints.
   *
   * @return whether all went as it should
   */
  static boolean run(Narrator out) throws InterruptedException {
    try {
      tell(out).mustHoldGood(out);
      StrangerStory.tell(out).mustHoldGood(out);
      return true;
    } catch (RigException e) {
      System.err.println("The demo failed: " + e.getMessage());
      return false;
    }
  }

  private static Story tell(Narrator out) throws RigException, InterruptedException {
    Optional<String> noKernel = KernelStory.obstacle();
    if (noKernel.isPresent()) {
      out.say("Not shown is a virtual machine or a kernel host, as " + noKernel.get() + ".");
      return InProcessStory.tell(out);
    }
    Optional<String> noGuest = GuestDrill.guestObstacle();
    if (noGuest.isPresent()) {
      out.say("Not shown is a virtual machine, as " + noGuest.get() + ".");
      return KernelStory.tell(out);
    }
    return GuestStory.tell(out);
  }
}
