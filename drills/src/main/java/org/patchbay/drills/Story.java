package org.patchbay.drills;

import java.util.List;
import org.patchbay.drills.rig.RigException;

/**
 * How a story went.
 *
 * @param rows its steps
 * @param flow what went on or not in the last column
 * @param idsOutstanding ids that the frontends' ledgers miss at the end, all NICs together
 * @param faults what should not have been, one phrase each; empty if all went well
 */
record Story(List<StepRow> rows, String flow, long idsOutstanding, List<String> faults) {

  /** Prints the table and the line that scripts look for. */
  void tell(Narrator out) {
    out.say("");
    out.say(StepRow.table(rows, flow));
    out.say("ids outstanding: " + idsOutstanding);
  }

  /**
   * Prints it and judges it.
   *
   * @throws RigException with the faults, if there are any
   */
  void mustHoldGood(Narrator out) throws RigException {
    tell(out);
    if (!faults.isEmpty()) {
      throw new RigException(String.join("; ", faults));
    }
  }
}
