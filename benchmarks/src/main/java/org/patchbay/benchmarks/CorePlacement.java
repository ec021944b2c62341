package org.patchbay.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.patchbay.drills.rig.RigException;

/**
 * The two cores that a row with two busy threads uses, one for each side, and how far apart they
 * were during it: the round trip of a cache line tells, and figures taken far apart from each other
 * don't compare.
 */
final class CorePlacement {

  /** The device's core. */
  static final int DEVICE_CORE = 0;

  /** The client's core. */
  static final int CLIENT_CORE = 1;

  private final String yardstick;
  private final List<Integer> samples = new ArrayList<>();

  private CorePlacement(String yardstick) {
    this.yardstick = yardstick;
  }

  /** Prepares for sampling; the machine needs both cores. */
  static CorePlacement prepare(Yard yard) throws RigException, InterruptedException {
    if (Runtime.getRuntime().availableProcessors() <= CLIENT_CORE) {
      throw new RigException("The device and its client need a core each, and there is only one.");
    }
    return new CorePlacement(yard.compile("cache_line"));
  }

  /** Takes a sample; both cores must be idle. */
  void sample() throws RigException, InterruptedException {
    samples.add(
        Integer.parseInt(
            Yard.run(
                List.of(yardstick, Integer.toString(DEVICE_CORE), Integer.toString(CLIENT_CORE)))));
  }

  /** Describes the samples since the last such line, and forgets them. */
  String describe() {
    Collections.sort(samples);
    String line =
        "cores %d and %d: a cache line's round trip was %d ns (%d..%d) before %d measurements"
            .formatted(
                DEVICE_CORE,
                CLIENT_CORE,
                samples.get(samples.size() / 2),
                samples.getFirst(),
                samples.getLast(),
                samples.size());
    samples.clear();
    return line;
  }
}
