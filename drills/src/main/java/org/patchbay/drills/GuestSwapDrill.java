package org.patchbay.drills;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.patchbay.drills.platform.SwapRow;
import org.patchbay.drills.rig.RigException;

/**
 * Twenty swaps under a guest that pings: from a TAP to loopback, to null, to another TAP of the
 * same bridge, and back. The guest's carrier never drops, and pings are answered again on each TAP.
 */
final class GuestSwapDrill extends GuestDrill {
  private static final List<String> ROUND = List.of("loopback", "null", "tap2", "tap1");
  private static final int ROUNDS = 5;

  /** Time for some pings that nobody answers. */
  private static final Duration SILENCE = Duration.ofMillis(200);

  private static final Duration LIMIT = Duration.ofSeconds(2);

  GuestSwapDrill() {
    super("guest-swaps");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestStage stage = GuestStage.set(ground);
    int swaps = Math.toIntExact(stage.nic().number("swaps"));
    long carrier = stage.carrierChanges();
    stage.startPings();
    stage.awaitReply("before the first swap", LIMIT);
    long longestBlackout = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (String endpoint : ROUND) {
        move(stage, endpoint);
        require(
            stage.carrierChanges() == carrier,
            "The guest's carrier changed when " + endpoint + " was plugged");
        OptionalLong blackout = last(stage).blackoutMicros();
        longestBlackout = Math.max(longestBlackout, blackout.orElse(0));
      }
    }
    stage.endPings();
    require(
        stage.nic().number("swaps") - swaps == (long) ROUNDS * ROUND.size(),
        "The platform does not count " + ROUNDS * ROUND.size() + " swaps");
    out.say("  " + ROUNDS * ROUND.size() + " swaps, longest blackout " + longestBlackout + " µs");
    stage.settle(false, out);
    stage.end(out);
  }

  private static void move(GuestStage stage, String endpoint)
      throws RigException, InterruptedException {
    stage.plug(endpoint);
    require(last(stage).to().equals(endpoint), endpoint + " was plugged, but is not live");
    if (GuestNetwork.TAPS.contains(endpoint)) {
      stage.awaitReply("on " + endpoint, LIMIT);
    } else {
      long replies = stage.replies();
      Thread.sleep(SILENCE);
      // One may have been under way.
      require(
          stage.replies() - replies <= 1, "Pings are answered, though the NIC is on " + endpoint);
    }
    long ids = stage.nic().number("ids outstanding");
    require(ids == 0, ids + " ids are outstanding after a swap to " + endpoint);
  }

  private static SwapRow last(GuestStage stage) throws RigException, InterruptedException {
    return stage.nic().swaps().getLast();
  }
}
