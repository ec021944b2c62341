package org.patchbay.benchmarks;

import org.patchbay.drills.rig.RigException;

/** One named performance run. */
interface Bench {

  /** The name by which {@code ./patchbay bench} calls it. */
  String name();

  /** What it compares, in one line. */
  String title();

  /** Whether it makes network namespaces and interfaces, which takes root. */
  default boolean needsRoot() {
    return false;
  }

  /**
   * Measures, and reports each row as soon as it is known.
   *
   * @param yard where yardsticks, processes and namespaces of this run come from
   * @param report takes the rows
   * @throws RigException when something cannot be measured; a missed target is no failure
   * @throws InterruptedException when the run is to end
   */
  void run(Yard yard, Report report) throws RigException, InterruptedException;
}
