package org.patchbay.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.SwapRecord;
import org.patchbay.drills.rig.RigException;

/**
 * Plugs two endpoints of a NIC in turn, and the yardstick of it: a sleeping eventfd's round trip.
 */
final class PlugSeries {

  private static final int ROUND_TRIPS = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long LOOK_NANOS = 20_000;
  private static final long PAUSE_NANOS = 1_000_000;

  /** The eventfd's round trip on the reference machine, in microseconds. */
  private static final double MEDIAN_FIGURE = 27;

  private static final double TAIL_FIGURE = 100;
  private static final double MEDIAN_LIMIT = 2;
  private static final double TAIL_LIMIT = 10;

  private final DisconnectableControl control;
  private final List<String> endpoints;

  /**
   * @param control the NIC's
   * @param endpoints two names
   */
  PlugSeries(DisconnectableControl control, List<String> endpoints) {
    this.control = control;
    this.endpoints = endpoints;
  }

  /** Two percentiles of one round, in microseconds. */
  record Percentiles(double median, double tail) {}

  /** Compiles the yardstick. */
  static String yardstick(Yard yard) throws RigException, InterruptedException {
    return yard.compile("eventfd_roundtrip");
  }

  /** Runs the yardstick. */
  static Percentiles roundTrips(String yardstick) throws RigException, InterruptedException {
    String[] nanos = Yard.run(List.of(yardstick, Integer.toString(ROUND_TRIPS))).split(" ", -1);
    return new Percentiles(Double.parseDouble(nanos[0]) / 1e3, Double.parseDouble(nanos[1]) / 1e3);
  }

  /**
   * The two rows of finished rounds.
   *
   * @param what begins their labels
   */
  static List<Row> rows(String what, Percentiles[] ours, Percentiles[] theirs) {
    return List.of(
        new Row(
            what + " p50",
            "us",
            Arrays.stream(ours).mapToDouble(Percentiles::median).toArray(),
            Arrays.stream(theirs).mapToDouble(Percentiles::median).toArray(),
            Target.ratioAtMost(MEDIAN_LIMIT),
            MEDIAN_FIGURE),
        new Row(
            what + " p99",
            "us",
            Arrays.stream(ours).mapToDouble(Percentiles::tail).toArray(),
            Arrays.stream(theirs).mapToDouble(Percentiles::tail).toArray(),
            Target.ratioAtMost(TAIL_LIMIT),
            TAIL_FIGURE));
  }

  /**
   * Plugs the endpoints in turn, each a little after frames flow through the one before.
   *
   * @return the blackouts
   * @throws RigException if a plug fails or loses a frame
   */
  Percentiles swap(int plugs) throws RigException, InterruptedException {
    double[] blackouts = new double[plugs];
    for (int i = 0; i < plugs; i++) {
      String from = control.current().orElse("");
      String to = from.equals(endpoints.get(0)) ? endpoints.get(1) : endpoints.get(0);
      blackouts[i] = blackout(plug(to)) / 1e3;
      // What follows a swap (its event, the old endpoint's release) is to be over before the next.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    Arrays.sort(blackouts);
    return new Percentiles(blackouts[plugs / 2], blackouts[plugs * 99 / 100]);
  }

  private SwapRecord plug(String endpoint) throws RigException, InterruptedException {
    try {
      SwapRecord swap =
          control
              .plug(endpoint)
              .toCompletableFuture()
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
              .record();
      if (!swap.to().equals(endpoint) || swap.framesLost() != 0) {
        throw new RigException("A plug of " + endpoint + " gave " + swap + ".");
      }
      return swap;
    } catch (ExecutionException | TimeoutException e) {
      throw new RigException("A plug of " + endpoint + " failed: " + e, e);
    }
  }

  /** The swap's blackout in nanoseconds, known once a frame has passed. */
  private long blackout(SwapRecord swap) throws RigException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      SwapRecord last = control.records().getLast();
      if (last.generation() == swap.generation() && last.blackoutNanos() >= 0) {
        return last.blackoutNanos();
      }
      // Not spinning: a third busy thread on two cores would lengthen what it waits for.
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new RigException("No frame passed after " + swap + ".");
  }
}
