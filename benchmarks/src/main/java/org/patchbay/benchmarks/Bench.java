package org.patchbay.benchmarks;

import java.io.IOException;

/** One named performance run. */
interface Bench {

  /** The name by which {@code ./patchbay bench} calls it. */
  String name();

  /** What it compares, in one line. */
  String title();

  /**
   * Measures, and reports each row as soon as it is known.
   *
   * @param workspace where yardsticks, processes and namespaces of this run belong
   * @param report takes the rows
   * @throws IOException when something cannot be measured; a missed target is no failure
   * @throws InterruptedException when the run is to end
   */
  void run(Workspace workspace, Report report) throws IOException, InterruptedException;
}
