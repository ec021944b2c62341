package org.patchbay.drills;

import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/** A whole run that passes, fails with a sentence, or can't run here. */
interface Drill {

  /** Its name on the command line and in the report. */
  String name();

  /** What this machine lacks for it, as a sentence; empty if it can run. */
  default Optional<String> obstacle() throws RigException, InterruptedException {
    return Optional.empty();
  }

  /**
   * Runs it and leaves nothing behind, also when it fails.
   *
   * @throws RigException with a sentence if it fails
   */
  void run(Narrator out) throws RigException, InterruptedException;
}
