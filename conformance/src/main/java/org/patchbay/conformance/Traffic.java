package org.patchbay.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestPacket;

/** Traffic that several checks need, and what can be wrong with it. */
final class Traffic {

  /** Of each round of a queue. */
  private static final int PACKETS = 5;

  private static final long LOOK_NANOS = 1_000_000;

  private Traffic() {}

  /**
   * Transmits packets and checks that exactly their frames came out, in any order. The caller has
   * posted enough buffers; they are posted again.
   */
  static void transmitAndCompare(Trial trial, QueueHarness harness, List<TestPacket> packets)
      throws Exception {
    List<byte[]> frames = trial.transmit(harness, packets);
    if (trial.seesFrames()) {
      compare("Q11", packets, frames);
    }
    repost(harness);
  }

  /**
   * Transmits packets through several queues, each by a thread of its own, and checks that exactly
   * their frames came out.
   *
   * @param rounds how often each queue transmits a few packets
   */
  static void sendSideBySide(Trial trial, List<QueueHarness> queues, int rounds) throws Exception {
    List<TestPacket> all = new ArrayList<>();
    List<CheckThreads.Running> running = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(1);
    for (QueueHarness queue : queues) {
      List<TestPacket> packets = Trial.packets(all.size(), rounds * PACKETS, 100);
      all.addAll(packets);
      running.add(
          trial.start(
              "queue",
              () -> {
                start.await();
                for (int i = 0; i < packets.size(); i += PACKETS) {
                  sendAndCompare(trial, queue, packets.subList(i, i + PACKETS));
                }
              }));
    }
    start.countDown();
    joinAll(running);
    if (trial.fate() == FrameFate.FAR_SIDE) {
      compare("Q11", all, trial.readOwn(all.size()));
    }
  }

  private static void sendAndCompare(Trial trial, QueueHarness queue, List<TestPacket> packets) {
    List<byte[]> frames = trial.send(queue, packets);
    if (trial.fate() == FrameFate.REFLECTED) {
      compare("Q11", packets, frames);
    }
    repost(queue);
  }

  /** Waits for all; what the first one threw is thrown. */
  private static void joinAll(List<CheckThreads.Running> running) throws Exception {
    Throwable first = null;
    for (CheckThreads.Running each : running) {
      try {
        each.join();
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception | ContractViolation e) {
        first = first == null ? e : first;
      }
    }
    if (first instanceof ContractViolation violation) {
      throw violation;
    }
    if (first instanceof Exception failure) {
      throw failure;
    }
  }

  /** Makes frames arrive from the far side, and checks that each came by one of the queues. */
  static void receiveByAny(Trial trial, List<QueueHarness> queues, List<TestPacket> packets)
      throws FixtureFailure {
    queues.forEach(QueueHarness::forgetReceived);
    List<TestPacket> unused = trial.inject(packets);
    List<byte[]> frames = List.of();
    long deadline = System.nanoTime() + trial.patience().toNanos();
    while (frames.size() < packets.size() && System.nanoTime() < deadline) {
      boolean came = false;
      for (QueueHarness queue : queues) {
        came |= queue.collect(64) > 0;
        came |= queue.pollReady();
      }
      if (!came) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
      frames =
          queues.stream()
              .flatMap(queue -> queue.ownFrames().stream())
              .map(ReceivedFrame::frame)
              .toList();
    }
    compare("Q10", packets, frames);
    queues.forEach(Traffic::repost);
  }

  /** Makes frames arrive and checks that exactly they did. The buffers are posted again. */
  static void receiveAndCompare(
      Trial trial, QueueHarness harness, String line, List<TestPacket> packets) throws Exception {
    List<ReceivedFrame> frames = trial.receive(harness, packets);
    compare(line, packets, frames.stream().map(ReceivedFrame::frame).toList());
    repost(harness);
  }

  /** Posts the buffers of the last received frames again. */
  static void repost(QueueHarness harness) {
    int[] ids = harness.received().stream().mapToInt(ReceivedFrame::id).toArray();
    harness.forgetReceived();
    if (ids.length > 0) {
      harness.post(ids);
    }
  }

  /**
   * Compares what came with what was sent: each frame once, with its bytes, in any order.
   *
   * @param line the line that is broken if they differ
   */
  static void compare(String line, List<TestPacket> sent, List<byte[]> came) {
    List<byte[]> left = new ArrayList<>(came);
    for (TestPacket packet : sent) {
      if (packet.isBad()) {
        continue;
      }
      byte[] frame = packet.frame();
      int found = indexOf(left, frame);
      if (found < 0) {
        throw new ContractViolation(
            line, "the frame " + name(frame) + " did not come; " + names(left) + " came instead");
      }
      left.remove(found);
    }
    if (!left.isEmpty()) {
      throw new ContractViolation(line, "frames came that were not sent: " + names(left));
    }
  }

  private static int indexOf(List<byte[]> frames, byte[] wanted) {
    for (int i = 0; i < frames.size(); i++) {
      if (Arrays.equals(TestFrames.withoutTag(frames.get(i)), wanted)) {
        return i;
      }
    }
    return -1;
  }

  private static String name(byte[] frame) {
    return TestFrames.sequence(frame) + " of " + frame.length + " bytes";
  }

  private static List<String> names(List<byte[]> frames) {
    return frames.stream().map(Traffic::name).toList();
  }
}
