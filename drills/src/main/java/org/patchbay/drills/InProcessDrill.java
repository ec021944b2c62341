package org.patchbay.drills;

import org.patchbay.drills.rig.RigException;

/** The {@link InProcessStory}, judged. */
final class InProcessDrill implements Drill {
  @Override
  public String name() {
    return "in-process-uplink";
  }

  @Override
  public void run(Narrator out) throws RigException, InterruptedException {
    InProcessStory.tell(out).mustHoldGood(out);
  }
}
