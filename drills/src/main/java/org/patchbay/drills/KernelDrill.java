package org.patchbay.drills;

import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/** The {@link KernelStory}, judged. */
final class KernelDrill implements Drill {
  @Override
  public String name() {
    return "kernel-uplink";
  }

  @Override
  public Optional<String> obstacle() throws RigException, InterruptedException {
    return KernelStory.obstacle();
  }

  @Override
  public void run(Narrator out) throws RigException, InterruptedException {
    KernelStory.tell(out).mustHoldGood(out);
  }
}
