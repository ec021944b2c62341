package org.patchbay.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxResult;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestWorker;

/** Lines Q7 to Q10, B5, B8 and B9: what becomes of receive buffers. */
final class ReceiveChecks {

  private static final int BUFFERS = 64;

  /** Buffers for frames of the far side's own that come in between. */
  private static final int SLACK = 16;

  private ReceiveChecks() {}

  static List<Check> all() {
    return List.of(
        Check.receiving("Q7", "every buffer is used, in the order posted", ReceiveChecks::order),
        Check.of("Q8", "ids may have any value", ReceiveChecks::opaqueIds),
        Check.receiving("Q9", "rxPoll keeps to its space", ReceiveChecks::space),
        Check.receiving("Q10", "each filled buffer comes back once", ReceiveChecks::exactlyOnce),
        Check.receiving("B5", "metadata names the frame's bytes", ReceiveChecks::content),
        Check.receiving("B8", "a frame too long is dropped and counted", ReceiveChecks::tooLong),
        Check.receiving("B9", "a refused id does no harm", ReceiveChecks::refusedId));
  }

  private static void order(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    List<Integer> posted = new ArrayList<>();
    int slack = trial.fate() == FrameFate.FAR_SIDE ? SLACK : 0;
    for (int[] ids : new int[][] {{7, 3, 99}, {41}, {5, 2, 8, 1, 30}, Trial.ids(200, slack)}) {
      queue.post(ids);
      Arrays.stream(ids).forEach(posted::add);
    }
    trial.receive(queue, Trial.packets(0, posted.size() - slack, 100), 2, false);
    List<Integer> used = queue.received().stream().map(ReceivedFrame::id).toList();
    trial.require(
        used.equals(posted.subList(0, used.size())),
        "buffers were posted in the order " + posted + " and used in the order " + used);
  }

  private static void opaqueIds(Trial trial) throws Exception {
    int[] ids = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x8000_0001, 1, 0x5555_5555};
    QueueHarness queue = trial.open();
    queue.post(ids);
    queue.post(Trial.ids(100, SLACK));
    for (int round = 0; round < 3; round++) {
      List<TestPacket> packets = new ArrayList<>();
      for (int i = 0; i < ids.length; i++) {
        packets.add(new TestPacket(ids[i], TestFrames.frame(round * 10 + i, 100)));
      }
      Traffic.transmitAndCompare(trial, queue, packets);
    }
  }

  private static void space(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    for (int space : new int[] {1, 2, 3}) {
      // The harness looks at what is written behind the space.
      trial.receive(queue, Trial.packets(space * 10, 7, 100), space, false);
    }
  }

  private static void exactlyOnce(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, 32));
    Random random = new Random(1);
    int sequence = 0;
    while (sequence < 2000) {
      int count = 1 + random.nextInt(trial.fate() == FrameFate.FAR_SIDE ? 16 : 60);
      List<TestPacket> packets = Trial.packets(sequence, count, 60 + random.nextInt(200));
      List<ReceivedFrame> frames = trial.receive(queue, packets, 1 + random.nextInt(9), true);
      Traffic.compare("Q10", packets, frames.stream().map(ReceivedFrame::frame).toList());
      sequence += count;
    }
  }

  private static void content(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    int[] lengths = {
      TestFrames.ETHERNET_MIN_LENGTH,
      61,
      63,
      64,
      65,
      128,
      trial.atMost(1000),
      trial.maxFrame() - 1,
      trial.maxFrame()
    };
    List<TestPacket> packets =
        IntStream.range(0, lengths.length)
            .mapToObj(i -> new TestPacket(1000 + i, TestFrames.frame(i, lengths[i])))
            .toList();
    Traffic.receiveAndCompare(trial, queue, "B5", packets);
  }

  private static void tooLong(Trial trial) throws Exception {
    QueueHarness queue = trial.open(128);
    QueueStatistics statistics = queue.queue().statistics();
    queue.post(1, 2);
    for (int round = 1; round <= 3; round++) {
      List<TestPacket> tooLong = Trial.packets(round * 10, 1, 300);
      trial.expectAll(
          queue, new TestWorker(queue).run(trial.inject(tooLong), 0, 64, false, trial.patience()));
      int errors = round;
      trial.collectUntil(
          queue,
          () -> statistics.rxErrors() >= errors,
          "a frame of 300 bytes for buffers of 128 was not counted as a receive error");
      trial.require(
          statistics.rxErrors() == errors && queue.ownFrames().isEmpty(),
          "frames of 300 bytes for buffers of 128: "
              + errors
              + "; receive errors "
              + statistics.rxErrors()
              + ", received "
              + queue.ownFrames().size());
      // Both buffers have to be there still.
      Traffic.receiveAndCompare(trial, queue, "B8", Trial.packets(round * 10 + 1, 2, 100));
    }
  }

  private static void refusedId(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    QueueStatistics statistics = queue.queue().statistics();
    queue.post(Trial.ids(1, 4));
    queue.buffers().refuseAll();
    List<TestPacket> own = trial.inject(Trial.packets(0, 2, 100));
    long deadline = System.nanoTime() + trial.patience().toNanos();
    while (true) {
      int sent = own.isEmpty() ? TxResult.complete(0) : queue.tryOffer(own);
      int came = sent < 0 ? sent : queue.tryCollect(8);
      if (came < 0) {
        trial.require(
            came == Queue.FATAL || came == Queue.TRY_RESTART || came == Queue.GONE,
            "a refused id was answered by " + came + ", which is no failure code");
        trial.require(
            came == Queue.GONE || queue.queue().failure() != null,
            "a queue call failed and failure() is null");
        return;
      }
      own = own.subList(TxResult.accepted(sent), own.size());
      trial.require(came == 0, "a buffer whose id was refused came back as filled");
      if (statistics.rxErrors() + statistics.txErrors() > 0) {
        return;
      }
      trial.require(
          System.nanoTime() < deadline,
          "ids were refused "
              + queue.buffers().refused()
              + " times, and neither a failure code nor a counter tells");
      if (!queue.pollReady()) {
        boolean unused = queue.driver().await(java.time.Duration.ofMillis(1));
      }
    }
  }
}
