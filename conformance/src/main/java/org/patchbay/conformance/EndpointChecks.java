package org.patchbay.conformance;

import java.io.File;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.RssConfig;
import org.patchbay.api.Watch;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.TestDriver;

/** Lines E1 to E7: what an endpoint is, and how it opens queues. */
final class EndpointChecks {

  private static final int BUFFERS = 64;
  private static final int ROUNDS = 8;
  private static final int ROUNDS_ALONG = 10;

  private EndpointChecks() {}

  static List<Check> all() {
    return List.of(
        Check.of("E1", "the type has a name, which does not change", EndpointChecks::type),
        Check.unless(
            "E2",
            "several queues carry traffic side by side",
            declared -> declared.maxQueues() == 1 ? "the endpoint declares one queue" : null,
            EndpointChecks::severalQueues),
        Check.of("E3", "getQueues answers one queue per config", EndpointChecks::onePerConfig),
        Check.ofFrames(
            "E3",
            "queues are in the order of their configs",
            declared ->
                declared.maxQueues() == 1
                    ? "the endpoint declares one queue"
                    : declared.fate() == FrameFate.DROPPED || declared.fate() == FrameFate.FAR_SIDE
                        ? "only a reflected frame tells which queue it belongs to"
                        : null,
            EndpointChecks::orderOfConfigs),
        Check.of("E4", "too many queues are refused", EndpointChecks::tooManyQueues),
        Check.of("E5", "getQueues is refused while a queue is open", EndpointChecks::busy),
        Check.of("E6", "a failed getQueues leaves nothing behind", EndpointChecks::failedOpen),
        Check.unless(
            "E7",
            "the RssConfig is not used after the call",
            declared ->
                declared.indirectionTableSize() == 0
                    ? "the endpoint declares no indirection table"
                    : null,
            EndpointChecks::rssIsLent));
  }

  private static void type(Trial trial) throws Exception {
    Endpoint endpoint = trial.endpoint();
    String type = endpoint.endpointType();
    trial.require(!type.isBlank(), "endpointType() answered '" + type + "'");
    trial.open();
    trial.require(
        type.equals(endpoint.endpointType()),
        "endpointType() changed from " + type + " to " + endpoint.endpointType());
  }

  /**
   * Sends the same through each queue alone, as what fails there is another line's, and at once.
   */
  private static void severalQueues(Trial trial) throws Exception {
    int count = Math.min(4, trial.endpoint().multiQueueSupport().maxQueues());
    for (QueueHarness queue : openWithBuffers(trial, count, null)) {
      Traffic.sendSideBySide(trial, List.of(queue), ROUNDS_ALONG);
    }
    trial.closeQueues();
    List<QueueHarness> queues = openWithBuffers(trial, count, null);
    try {
      Traffic.sendSideBySide(trial, queues, ROUNDS_ALONG);
    } catch (ContractViolation violation) {
      throw trial.broken("with traffic on " + count + " queues at once, " + violation.sentence());
    }
  }

  private static List<QueueHarness> openWithBuffers(Trial trial, int count, @Nullable RssConfig rss)
      throws FixtureFailure {
    List<QueueHarness> queues = trial.open(count, rss);
    queues.forEach(queue -> queue.post(Trial.ids(1, BUFFERS)));
    return queues;
  }

  private static void onePerConfig(Trial trial) throws Exception {
    int most = Math.min(8, trial.endpoint().multiQueueSupport().maxQueues());
    for (int count : most == 1 ? new int[] {1} : new int[] {1, most, 1}) {
      trial.open(count, null);
      trial.closeQueues();
      trial.endpoint().stop();
    }
  }

  private static void orderOfConfigs(Trial trial) throws Exception {
    int count = Math.min(4, trial.endpoint().multiQueueSupport().maxQueues());
    List<QueueHarness> queues = trial.open(count, null);
    for (QueueHarness queue : queues) {
      queue.post(Trial.ids(1, 4));
    }
    for (int i = 0; i < count; i++) {
      QueueHarness queue = queues.get(i);
      trial.settle(queue);
      long[] before = queues.stream().mapToLong(q -> q.driver().wakes()).toArray();
      queue.offer(Trial.packets(i, 1, 60));
      if (!queue.driver().await(trial.patience())) {
        for (int other = 0; other < count; other++) {
          trial.require(
              queues.get(other).driver().wakes() == before[other],
              "queue " + i + " woke the driver of config " + other);
        }
        throw new ContractViolation("Q5", "queue " + i + " received a frame and woke no driver");
      }
    }
  }

  private static void tooManyQueues(Trial trial) throws Exception {
    int most = trial.endpoint().multiQueueSupport().maxQueues();
    try (TestDriver driver = trial.newDriver()) {
      requireRefusal(trial, trial.configs(most + 1, driver), EndpointError.TOO_MANY_QUEUES);
    }
  }

  private static void busy(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    try (TestDriver driver = trial.newDriver()) {
      requireRefusal(trial, trial.configs(1, driver), EndpointError.BUSY);
    }
    Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 5, 100));
  }

  private static void requireRefusal(Trial trial, List<QueueConfig> configs, EndpointError error) {
    String asked = "getQueues for " + configs.size() + " configs ";
    List<Queue> queues;
    try {
      queues = trial.endpoint().getQueues(configs, null);
    } catch (EndpointException e) {
      trial.require(e.error() == error, asked + "failed with " + e.error() + ", not with " + error);
      return;
    } catch (RuntimeException e) {
      throw trial.broken(asked + "threw " + e);
    }
    Trial.close(queues);
    throw trial.broken(asked + "succeeded; it has to fail with " + error);
  }

  private static void failedOpen(Trial trial) throws Exception {
    try (TestDriver driver = trial.newDriver()) {
      failInEachWay(trial, driver); // loads classes, which may open descriptors
      Set<Thread> threads = threads();
      int descriptors = descriptors();
      for (int round = 0; round < ROUNDS; round++) {
        failInEachWay(trial, driver);
      }
      // Others have threads and descriptors, too, and make some meanwhile: only many are a leak.
      int alive = newThreads(trial, threads);
      trial.require(
          alive < ROUNDS, ROUNDS + " failed calls left " + alive + " threads behind them");
      int more = descriptors() - descriptors;
      trial.require(
          more < ROUNDS, ROUNDS + " failed calls left " + more + " descriptors open behind them");
    }
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 5, 100));
  }

  private static void failInEachWay(Trial trial, TestDriver good) {
    int most = trial.endpoint().multiQueueSupport().maxQueues();
    tryOpen(trial, trial.configs(most + 1, good));
    tryOpen(trial, trial.configs(1, new UnwatchfulDriver()));
    if (most > 1) {
      tryOpen(trial, List.of(trial.config(good), trial.config(new UnwatchfulDriver())));
    }
  }

  /** Opens queues, which may succeed: an endpoint need not watch anything. */
  private static void tryOpen(Trial trial, List<QueueConfig> configs) {
    List<Queue> queues;
    try {
      queues = trial.endpoint().getQueues(configs, null);
    } catch (EndpointException e) {
      return;
    } catch (RuntimeException e) {
      throw trial.broken("getQueues threw " + e + " instead of a typed failure");
    }
    Trial.close(queues);
    // What it needs to serve, it may keep until then.
    trial.stop();
  }

  /** Number of threads that were not there before and do not end. */
  private static int newThreads(Trial trial, Set<Thread> before) throws InterruptedException {
    long deadline = System.nanoTime() + trial.patience().toNanos();
    int alive = 0;
    for (Thread thread : threads()) {
      if (!before.contains(thread)) {
        long left = Math.max(0, deadline - System.nanoTime());
        alive += thread.join(Duration.ofNanos(left)) ? 0 : 1;
      }
    }
    return alive;
  }

  private static Set<Thread> threads() {
    return new HashSet<>(Thread.getAllStackTraces().keySet());
  }

  /** Open descriptors of this process; 0 where the system does not tell. */
  private static int descriptors() {
    String @Nullable [] names = new File("/proc/self/fd").list();
    return names == null ? 0 : names.length;
  }

  private static void rssIsLent(Trial trial) throws Exception {
    int count = Math.min(4, trial.endpoint().multiQueueSupport().maxQueues());
    int[] table = new int[trial.endpoint().multiQueueSupport().indirectionTableSize()];
    Arrays.setAll(table, i -> i % count);
    byte[] key = new byte[40];
    Arrays.fill(key, (byte) 0x6d);
    spread(trial, openWithBuffers(trial, count, new RssConfig(key, table, 0)));
    trial.closeQueues();
    List<QueueHarness> queues = openWithBuffers(trial, count, new RssConfig(key, table, 0));
    Arrays.fill(table, -1);
    Arrays.fill(key, (byte) 0);
    try {
      spread(trial, queues);
    } catch (ContractViolation violation) {
      throw trial.broken("with the RssConfig overwritten, " + violation.sentence());
    }
  }

  /** Sends by each queue, and has the far side send to whichever. */
  private static void spread(Trial trial, List<QueueHarness> queues) throws Exception {
    for (int i = 0; i < queues.size(); i++) {
      Traffic.transmitAndCompare(trial, queues.get(i), Trial.packets(100 * i, 5, 100));
    }
    if (trial.fate() == FrameFate.FAR_SIDE) {
      Traffic.receiveByAny(trial, queues, Trial.packets(1000, 40, 100));
    }
  }

  /** A driver on a platform that can't wait for descriptors. */
  private static final class UnwatchfulDriver implements QueueDriver {

    @Override
    public void wake() {}

    @Override
    public Watch watch(int descriptor) throws EndpointException {
      throw new EndpointException(EndpointError.UNSUPPORTED, "this driver can't watch descriptors");
    }
  }
}
