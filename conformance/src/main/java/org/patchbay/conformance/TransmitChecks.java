package org.patchbay.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestPacket.Defect;
import org.patchbay.conformance.support.TestWorker;

/** Lines Q11 to Q16 and B16: what becomes of transmitted packets. */
final class TransmitChecks {

  private static final int BUFFERS = 64;

  private TransmitChecks() {}

  static List<Check> all() {
    List<Check> checks = new ArrayList<>();
    checks.add(
        Check.transmitting("Q11", "accepted packets go out whole", TransmitChecks::wholePackets));
    checks.add(
        Check.transmitting("Q12", "refused packets go out later, once", TransmitChecks::refused));
    checks.add(Check.of("Q13", "packets are counted, not segments", TransmitChecks::segments));
    for (Defect defect : Defect.values()) {
      checks.add(
          Check.of(
              "Q15",
              "a bad packet does no harm: "
                  + defect.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
              trial -> badPacket(trial, defect)));
    }
    checks.add(Check.of("Q16", "each pending packet completes once", TransmitChecks::completions));
    checks.add(
        Check.ofFrames(
            "B16", "a VLAN goes with its packet", TransmitChecks::whyNoVlan, TransmitChecks::vlan));
    return checks;
  }

  private static @Nullable String whyNoVlan(Declared declared) {
    if (declared.fate() == FrameFate.DROPPED) {
      return "no frame comes out";
    }
    return declared.carriesVlan() ? null : "it takes no VLAN as metadata";
  }

  private static void wholePackets(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, 128));
    int sequence = 0;
    for (int count : new int[] {1, 2, 7, 64}) {
      Traffic.transmitAndCompare(trial, queue, Trial.packets(sequence, count, 60 + sequence));
      sequence += count;
    }
    for (int length : new int[] {60, 61, trial.atMost(1000), trial.maxFrame()}) {
      Traffic.transmitAndCompare(
          trial, queue, List.of(new TestPacket(1, TestFrames.frame(sequence++, length))));
      Traffic.transmitAndCompare(
          trial,
          queue,
          List.of(new TestPacket(2, TestFrames.frame(sequence++, length)).straddling()));
    }
  }

  private static void refused(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(1, 2, 3);
    List<TestPacket> packets = Trial.packets(0, 200, 100);
    if (trial.fate() == FrameFate.REFLECTED) {
      // More packets than buffers, so that most batches are accepted in part.
      List<ReceivedFrame> frames = trial.receive(queue, packets, 64, true);
      Traffic.compare("Q12", packets, frames.stream().map(ReceivedFrame::frame).toList());
      return;
    }
    List<byte[]> frames = trial.transmit(queue, packets);
    if (trial.fate() == FrameFate.FAR_SIDE) {
      Traffic.compare("Q12", packets, frames);
    }
  }

  private static void segments(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(1, 2);
    List<TestPacket> packets = Trial.packets(0, 3, 100);
    packets.forEach(packet -> packet.segments(2));
    int accepted = queue.offer(packets);
    queue.post(Trial.ids(10, BUFFERS));
    List<TestPacket> rest = new ArrayList<>(packets.subList(accepted, 3));
    List<TestPacket> more = Trial.packets(10, 3, trial.atMost(600));
    more.get(0).segments(TxBatch.MAX_SEGMENTS);
    more.get(1).segments(4);
    rest.addAll(more);
    int frames = trial.fate() == FrameFate.REFLECTED ? 6 : 0;
    trial.expectAll(queue, new TestWorker(queue).run(rest, frames, 64, false, trial.patience()));
    trial.require(queue.accepted() == 6, "six packets were accepted as " + queue.accepted());
    if (trial.seesFrames()) {
      packets.addAll(more);
      Traffic.compare(
          "Q13",
          packets,
          trial.fate() == FrameFate.FAR_SIDE
              ? trial.readOwn(6)
              : queue.ownFrames().stream().map(ReceivedFrame::frame).toList());
    }
  }

  private static void badPacket(Trial trial, Defect defect) throws Exception {
    QueueHarness queue = trial.open();
    QueueStatistics statistics = queue.queue().statistics();
    queue.post(Trial.ids(1, BUFFERS));
    for (int round = 0; round < 3; round++) {
      List<TestPacket> good = Trial.packets(0, 3, 300);
      good.forEach(packet -> packet.segments(2));
      Traffic.transmitAndCompare(trial, queue, good);
      trial.requireWayOut(statistics, 0);
    }
    long accepted = queue.accepted();
    List<TestPacket> packets = Trial.packets(10, 5, 300);
    packets.get(1).segments(2).defect(defect);
    packets.get(3).segments(2).defect(defect);
    try {
      Traffic.transmitAndCompare(trial, queue, packets);
    } catch (ContractViolation violation) {
      // Without the bad packets all went well.
      throw trial.broken(violation.sentence());
    }
    trial.require(
        queue.accepted() == accepted + 5 && queue.inFlight().isEmpty(),
        "of five packets, two of them bad, "
            + (queue.accepted() - accepted)
            + " were accepted, "
            + queue.inFlight().size()
            + " did not complete");
    trial.requireWayOut(statistics, 2);
    trial.require(
        statistics.txErrors() == 2, "two packets were bad; txErrors is " + statistics.txErrors());
  }

  private static void completions(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    for (int round = 0; round < 20; round++) {
      // The same ids each time, which came back before.
      List<TestPacket> packets = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        packets.add(new TestPacket(i, TestFrames.frame(round * 32 + i, 80)));
      }
      Traffic.transmitAndCompare(trial, queue, packets);
      int more = queue.complete(64);
      trial.require(more == 0, "txPoll answered " + more + " ids when all had come back");
    }
  }

  private static void vlan(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    int[] tags = {Vlan.of(0, false, 1), Vlan.of(7, true, 4094), Vlan.of(5, false, 100), Vlan.NONE};
    for (int i = 0; i < tags.length; i++) {
      TestPacket packet = new TestPacket(i, TestFrames.frame(i, 100)).vlan(tags[i]);
      int expected = tags[i];
      int got;
      byte[] frame;
      if (trial.fate() == FrameFate.FAR_SIDE) {
        trial.expectAll(
            queue, new TestWorker(queue).run(List.of(packet), 0, 64, false, trial.patience()));
        byte[] wire = readTagged(trial);
        got = TestFrames.tag(wire);
        frame = TestFrames.withoutTag(wire);
      } else {
        ReceivedFrame received = trial.receive(queue, List.of(packet)).getFirst();
        got = received.vlan();
        frame = TestFrames.withoutTag(received.frame());
        Traffic.repost(queue);
      }
      trial.require(
          got == expected && Arrays.equals(frame, packet.frame()),
          "a packet with the VLAN 0x%x came out with 0x%x and %d bytes"
              .formatted(expected, got, frame.length));
    }
  }

  private static byte[] readTagged(Trial trial) throws Exception {
    return trial.readOwn(1).getFirst();
  }
}
