package org.patchbay.drills;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.patchbay.drills.peer.Guest;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * A guest with two queue pairs: on a TAP with one queue and on loopback, which has as many as it is
 * asked for, both pairs carry frames each way; the guest uses one pair only and then two again; and
 * memory is added to the running machine, whose kernel takes buffers from it, under traffic.
 */
final class GuestGrowthDrill extends GuestDrill {
  private static final int PAIRS = 2;
  private static final int MORE_MEGABYTES = 256;
  private static final Pattern QUEUE = Pattern.compile(" *((?:rx|tx)_queue_\\d+_packets): (\\d+)");

  /** So many that a hash of their ports leaves neither pair without one. */
  private static final int STREAMS = 12;

  private static final Duration LIMIT = Duration.ofSeconds(10);

  GuestGrowthDrill() {
    super("guest-growth");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestStage stage =
        GuestStage.set(ground, PAIRS, List.of("iperf3", "ethtool"), List.of("workers=" + PAIRS));
    require(stage.nic().number("active-pairs") == PAIRS, "The guest does not use both queue pairs");
    Guest guest = stage.guest();
    // Loopback answers no question for an address.
    guest.must(
        "arp -s " + GuestNetwork.SERVER_ADDRESS + " 02:77:00:00:00:02 -i " + GuestStage.DEVICE);

    useBothPairs(ground, stage, "tap1", out);
    requireQueues(stage, "tap1", 1);
    stage.plug("loopback");
    useBothPairs(ground, stage, "loopback", out);
    requireQueues(stage, "loopback", PAIRS);
    stage.plug("tap1");
    useOnePairThenTwo(stage);
    out.say("  one pair, then two again: pings are answered");
    addMemory(ground, stage, out);
    stage.settle(false, out);
    stage.end(out);
  }

  private static void useBothPairs(Ground ground, GuestStage stage, String endpoint, Narrator out)
      throws RigException, InterruptedException {
    Map<String, Long> before = queueCounts(stage.guest());
    for (int processor = 0; processor < PAIRS; processor++) {
      // The driver sends on the queue of the processor it runs on; on loopback no answer comes.
      stage
          .guest()
          .run(
              "taskset "
                  + (1 << processor)
                  + " ping -q -c 20 -i 0.01 -W 1 "
                  + GuestNetwork.SERVER_ADDRESS);
    }
    if (GuestNetwork.TAPS.contains(endpoint)) {
      GuestStreams.run(
          ground.cleanup(), stage.network().server(), stage.guest(), 1, "-R -P " + STREAMS);
    }
    Map<String, Long> after = queueCounts(stage.guest());
    require(after.size() == 2 * PAIRS, "ethtool does not tell all queues: " + after);
    StringBuilder words = new StringBuilder("  on " + endpoint + ":");
    for (Map.Entry<String, Long> queue : after.entrySet()) {
      long frames = queue.getValue() - before.getOrDefault(queue.getKey(), 0L);
      words.append(' ').append(queue.getKey()).append(' ').append(frames);
      require(frames > 0, "On " + endpoint + " the guest's " + queue.getKey() + " did not grow");
    }
    out.say(words.toString());
  }

  private static Map<String, Long> queueCounts(Guest guest)
      throws RigException, InterruptedException {
    Map<String, Long> counts = new TreeMap<>();
    Matcher matcher = QUEUE.matcher(guest.must("ethtool -S " + GuestStage.DEVICE));
    while (matcher.find()) {
      counts.put(matcher.group(1), Long.parseLong(matcher.group(2)));
    }
    return counts;
  }

  /** Checks how many queues of the endpoint are driven, and by as many workers. */
  private static void requireQueues(GuestStage stage, String endpoint, int queues)
      throws RigException, InterruptedException {
    Inspection nic = stage.nic();
    // Each pair tells which worker serves it.
    long workers =
        nic.text()
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("worker: " + GuestStage.NIC + "-"))
            .distinct()
            .count();
    require(
        nic.number("queues") == queues && workers == queues,
        "On "
            + endpoint
            + " the NIC drives "
            + nic.number("queues")
            + " queues by "
            + workers
            + " workers, not "
            + queues);
  }

  private static void useOnePairThenTwo(GuestStage stage)
      throws RigException, InterruptedException {
    for (int pairs : List.of(1, PAIRS)) {
      stage.guest().must("ethtool -L " + GuestStage.DEVICE + " combined " + pairs);
      Await.until(
          pairs + " active queue pairs", LIMIT, () -> stage.nic().number("active-pairs") == pairs);
      stage.mustReachServer(LIMIT);
    }
  }

  private static void addMemory(Ground ground, GuestStage stage, Narrator out)
      throws RigException, InterruptedException {
    Guest guest = stage.guest();
    long carrier = stage.carrierChanges();
    long regions = stage.nic().number("memory-regions");
    long memory = memory(guest);
    stage.startPings();
    stage.awaitReply("before memory is added", LIMIT);
    guest.addMemory(MORE_MEGABYTES);
    Await.until(
        MORE_MEGABYTES + " MB more in the guest",
        LIMIT,
        () -> memory(guest) >= memory + MORE_MEGABYTES * 1024L * 9 / 10);
    require(
        stage.nic().number("memory-regions") > regions,
        "The platform did not get the new memory region");
    stage.awaitReply("after memory was added", LIMIT);
    stage.endPings();
    // The kernel prefers the new memory, as it lies highest: buffers come from there now.
    GuestStreams.run(ground.cleanup(), stage.network().server(), guest, 1, "");
    GuestStreams.run(ground.cleanup(), stage.network().server(), guest, 1, "-R");
    require(stage.carrierChanges() == carrier, "The guest's carrier changed");
    out.say("  the guest has " + (memory(guest) - memory) / 1024 + " MB more; streams flow");
  }

  /** The guest's memory in KiB. */
  private static long memory(Guest guest) throws RigException, InterruptedException {
    return Long.parseLong(
        guest.must("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo").strip());
  }
}
