package org.patchbay.conformance;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.patchbay.api.InspectNode;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.Shortfall;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestWorker;

/** Lines Q1 to Q6, Q14, Q17 and Q18: how a queue is driven, wakes, and counts. */
final class QueueChecks {

  private static final int BUFFERS = 64;
  private static final Duration LATER = Duration.ofMillis(100);
  private static final int STRESS_ROUNDS = 300;

  private QueueChecks() {}

  static List<Check> all() {
    return List.of(
        Check.of("Q1", "another thread may drive after a hand-over", QueueChecks::handOver),
        Check.of("Q2", "buffers are used during a call only", QueueChecks::accessIsLent),
        Check.of("Q3", "a target processor is a hint", QueueChecks::targetVp),
        Check.of("Q4", "pollReady tells whether there is something", QueueChecks::readiness),
        Check.receiving("Q5", "a frame wakes a sleeping worker", QueueChecks::frameWakes),
        Check.ofFrames(
            "Q5",
            "buffers wake a worker whose packets were refused",
            declared ->
                declared.fate() == FrameFate.DROPPED || declared.fate() == FrameFate.FAR_SIDE
                    ? "transmitting does not depend on receive buffers"
                    : null,
            QueueChecks::buffersWake),
        Check.ofFrames(
            "Q5",
            "a frame wakes whenever it comes",
            declared ->
                declared.fate() == FrameFate.DROPPED || declared.fate() == FrameFate.REFLECTED
                    ? "frames come by the queue's own calls only"
                    : null,
            QueueChecks::framesAtAnyMoment),
        Check.of("Q6", "calls with nothing to do return at once", QueueChecks::neverBlocks),
        Check.of("Q14", "an empty batch is complete", QueueChecks::emptyBatch),
        Check.of("Q17", "ordinary traffic fails nowhere", QueueChecks::noFailure),
        Check.of("Q18", "statistics count what there was", QueueChecks::statistics));
  }

  private static void handOver(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 5, 100));
    trial.onAnotherThread(
        () -> Traffic.transmitAndCompare(trial, queue, Trial.packets(10, 5, 100)));
    Traffic.transmitAndCompare(trial, queue, Trial.packets(20, 5, 100));
  }

  private static void accessIsLent(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 5, 100));
    if (trial.seesFrames()) {
      Traffic.receiveAndCompare(trial, queue, "Q10", Trial.packets(10, 5, 100));
    }
    // These get no access to buffers, so they must not use one that was lent before.
    queue.queue().updateTargetVp(1);
    queue.queue().statistics();
    trial.endpoint().inspect(new InspectNode());
    queue.buffers().awaitViolation(LATER);
    queue.checkViolations();
  }

  private static void targetVp(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    for (int vp : new int[] {0, 1, 4095, Integer.MAX_VALUE}) {
      try {
        queue.queue().updateTargetVp(vp);
      } catch (ContractViolation violation) {
        throw trial.broken("given " + vp + ", " + violation.sentence());
      }
      Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 3, 100));
    }
  }

  private static void readiness(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    trial.drain(queue);
    queue.forgetReceived();
    if (trial.fate() == FrameFate.DROPPED) {
      Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 3, 100));
      trial.require(!queue.pollReady(), "pollReady answered true after everything was complete");
      return;
    }
    if (trial.fate() == FrameFate.UNKNOWN) {
      Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 3, 100));
      trial.drain(queue);
      return;
    }
    trial.expectAll(
        queue,
        new TestWorker(queue)
            .run(trial.inject(Trial.packets(0, 3, 100)), 3, 1, false, trial.patience()));
    trial.drain(queue);
  }

  private static void frameWakes(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    for (int round = 0; round < 5; round++) {
      trial.settle(queue);
      queue.forgetReceived();
      List<TestPacket> packets = Trial.packets(round, 1, 100);
      List<TestPacket> own = trial.inject(packets);
      if (!own.isEmpty()) {
        queue.offer(own);
      }
      trial.require(
          queue.driver().await(trial.patience()),
          "a frame came after pollReady had answered false, and nothing woke the driver");
      trial.expectAll(queue, new TestWorker(queue).run(List.of(), 1, 64, false, trial.patience()));
      Traffic.repost(queue);
    }
  }

  private static void buffersWake(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    List<TestPacket> packets = Trial.packets(0, 3, 100);
    int accepted = queue.offer(packets);
    if (accepted == packets.size()) {
      return; // it keeps packets itself until there are buffers
    }
    trial.settle(queue);
    queue.post(Trial.ids(1, BUFFERS));
    trial.require(
        queue.driver().await(trial.patience()),
        "packets had been refused for want of buffers, buffers were posted, and nothing woke"
            + " the driver");
    trial.require(queue.pollReady(), "pollReady answers false though packets are accepted again");
    trial.expectAll(
        queue,
        new TestWorker(queue)
            .run(packets.subList(accepted, packets.size()), 3, 64, false, trial.patience()));
  }

  private static void framesAtAnyMoment(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    for (int round = 0; round < STRESS_ROUNDS; round++) {
      List<TestPacket> packets = Trial.packets(round, 1, 60);
      long delay = ThreadLocalRandom.current().nextLong(50_000);
      CheckThreads.Running injector =
          trial.start(
              "inject",
              () -> {
                LockSupport.parkNanos(delay);
                trial.inject(packets);
              });
      TestWorker worker = new TestWorker(queue);
      Shortfall shortfall = worker.run(List.of(), 1, 64, false, trial.patience());
      injector.join();
      if (shortfall != null) {
        // The peer may have been late.
        shortfall = worker.run(List.of(), 1, 64, false, trial.patience());
      }
      trial.expectAll(queue, shortfall);
      Traffic.repost(queue);
    }
  }

  private static void neverBlocks(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    for (int round = 0; round < 2; round++) {
      // The harness times each call.
      for (int i = 0; i < 10; i++) {
        queue.pollReady();
        queue.collect(8);
        queue.complete(8);
        queue.tryOffer(List.of());
      }
      queue.post(Trial.ids(round * BUFFERS, BUFFERS));
    }
  }

  private static void emptyBatch(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    for (int round = 0; round < 2; round++) {
      int result = queue.tryOffer(List.of());
      trial.require(
          result == TxResult.complete(0),
          "an empty batch was answered by " + result + ", not by " + TxResult.complete(0));
      queue.post(Trial.ids(round * BUFFERS, BUFFERS));
    }
  }

  private static void noFailure(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    trial.require(queue.queue().failure() == null, "a new queue has a failure()");
    queue.post(Trial.ids(1, BUFFERS));
    for (int round = 0; round < 10; round++) {
      Traffic.transmitAndCompare(trial, queue, Trial.packets(round * 10, 8, 100));
    }
    trial.require(queue.queue().failure() == null, "failure() is set though no call failed");
  }

  private static void statistics(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    QueueStatistics statistics = queue.queue().statistics();
    requireCounts(trial, statistics, 0, 0, 0);
    queue.post(Trial.ids(1, BUFFERS));
    // Another endpoint never gets one.
    boolean carriesVlan = trial.endpoint().carriesVlan();
    int sent = 0;
    for (int round = 0; round < 4; round++) {
      List<TestPacket> packets = Trial.packets(round * 10, 6, 100);
      packets.get(1).segments(3);
      packets.get(4).vlan(carriesVlan ? Vlan.of(3, false, 100) : Vlan.NONE);
      Traffic.transmitAndCompare(trial, queue, packets);
      trial.requireWayOut(statistics, 0);
      sent += packets.size();
      if (trial.fate() == FrameFate.FAR_SIDE) {
        Traffic.receiveAndCompare(trial, queue, "Q10", Trial.packets(round * 10, 5, 100));
      }
      requireCounts(trial, statistics, sent, queue.collected(), carriesVlan ? round + 1 : 0);
    }
    trial.require(queue.queue().statistics() == statistics, "statistics() answered another object");
  }

  private static void requireCounts(
      Trial trial, QueueStatistics statistics, long tx, long rx, long vlan) {
    requireCount(trial, "txPackets", statistics.txPackets(), tx);
    requireCount(trial, "rxPackets", statistics.rxPackets(), rx);
    requireCount(trial, "txErrors", statistics.txErrors(), 0);
    requireCount(trial, "rxErrors", statistics.rxErrors(), 0);
    if (statistics.txVlanPackets() != 0) {
      requireCount(trial, "txVlanPackets", statistics.txVlanPackets(), vlan);
    }
    if (statistics.rxVlanPackets() != 0 && trial.fate() == FrameFate.REFLECTED) {
      requireCount(trial, "rxVlanPackets", statistics.rxVlanPackets(), vlan);
    }
  }

  private static void requireCount(Trial trial, String name, long counted, long there) {
    trial.require(counted == there, name + " is " + counted + ", but there were " + there);
  }
}
