package org.patchbay.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestPacket;

/** Traffic that several checks need, and what can be wrong with it. */
final class Traffic {

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
