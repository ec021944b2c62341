package org.patchbay.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.patchbay.benchmarks.loopback.LoopbackTurn;
import org.patchbay.drills.rig.RigException;

/**
 * Time per packet through the loopback endpoint, beside a loopback in C that does the same work.
 */
final class LoopbackBench implements Bench {

  private static final int[] BYTES = {64, 1500, 9000};
  private static final int[] SEGMENTS = {1, 4};

  /** How much more than C a packet of 64 bytes may take, and one of 1500 bytes or more. */
  private static final double SMALL_LIMIT = 1.35;

  private static final double LARGE_LIMIT = 1.15;

  /** What JMH attributes to a packet without any allocation in the loop is below this. */
  private static final double ALLOCATION_LIMIT = 0.01;

  private static final int ITERATIONS = 5;
  private static final int MILLISECONDS = 100;

  private final double[] allocated = new double[Rounds.COUNT];

  @Override
  public String name() {
    return "loopback";
  }

  @Override
  public String title() {
    return "batches of 32 through the loopback endpoint, beside C without an intermediate copy";
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    String yardstick = yard.compile("loopback");
    for (int bytes : BYTES) {
      for (int segments : SEGMENTS) {
        int[] round = {0};
        report.add(
            Rounds.inTurn(
                "loopback %d B, %d segment%s".formatted(bytes, segments, segments == 1 ? "" : "s"),
                "ns/packet",
                () -> ours(bytes, segments, round[0]++),
                () -> theirs(yardstick, bytes, segments),
                Target.ratioAtMost(bytes < 1500 ? SMALL_LIMIT : LARGE_LIMIT),
                Row.NO_FIGURE));
      }
    }
    report.add(
        new Row(
            "loopback allocation, worst cell",
            "B/packet",
            allocated,
            new double[Rounds.COUNT],
            Target.valueAtMost(ALLOCATION_LIMIT),
            Row.NO_FIGURE));
  }

  private double ours(int bytes, int segments, int round) throws RigException {
    Options options =
        new OptionsBuilder()
            .include(LoopbackTurn.class.getName())
            .param("bytes", Integer.toString(bytes))
            .param("segments", Integer.toString(segments))
            .forks(1)
            .warmupIterations(ITERATIONS)
            .warmupTime(new TimeValue(MILLISECONDS, TimeUnit.MILLISECONDS))
            .measurementIterations(ITERATIONS)
            .measurementTime(new TimeValue(MILLISECONDS, TimeUnit.MILLISECONDS))
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .jvmArgsAppend(Platform.JVM_OPTIONS.toArray(String[]::new))
            .build();
    try {
      RunResult result = new Runner(options).runSingle();
      Result<?> allocation = result.getSecondaryResults().get("gc.alloc.rate.norm");
      if (allocation == null) {
        throw new RigException("JMH gave no allocation rate");
      }
      // What JMH itself allocates falls into some iterations, what a packet does into all.
      allocated[round] = Math.max(allocated[round], allocation.getStatistics().getMin());
      return result.getPrimaryResult().getStatistics().getPercentile(50);
    } catch (RunnerException e) {
      throw new RigException("JMH could not measure the loopback: " + e.getMessage(), e);
    }
  }

  private static double theirs(String yardstick, int bytes, int segments)
      throws RigException, InterruptedException {
    String output =
        Yard.run(
            List.of(
                yardstick,
                Integer.toString(bytes),
                Integer.toString(segments),
                Integer.toString(ITERATIONS),
                Integer.toString(MILLISECONDS)));
    return Double.parseDouble(output);
  }
}
