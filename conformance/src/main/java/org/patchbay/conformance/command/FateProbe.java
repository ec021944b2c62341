package org.patchbay.conformance.command;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.Shortfall;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestWorker;

/** Finds out what becomes of frames of an endpoint of which nobody says it. */
final class FateProbe {

  private static final int FRAMES = 3;
  private static final int BUFFERS = 16;
  private static final Duration PATIENCE = Duration.ofMillis(300);

  private FateProbe() {}

  /**
   * Transmits a few frames.
   *
   * @param subject the fixture's, which is released
   * @return {@link FrameFate#REFLECTED} if one came back, else {@link FrameFate#UNKNOWN}
   * @throws Exception if the fixture fails
   */
  static FrameFate of(Fixture fixture, Subject subject) throws Exception {
    try {
      return transmit(fixture, subject);
    } catch (Exception | Error e) {
      return FrameFate.UNKNOWN; // the checks will tell what is wrong
    } finally {
      subject.release().run();
    }
  }

  private static FrameFate transmit(Fixture fixture, Subject subject) throws Exception {
    TestDriver driver = new TestDriver(fixture.waits());
    QueueConfig config =
        new QueueConfig(driver, MacAddress.parse("52:54:00:12:34:56"), fixture.mtu());
    List<Queue> queues;
    try {
      queues = subject.endpoint().getQueues(List.of(config), null);
    } catch (Exception | Error e) {
      driver.close();
      throw e;
    }
    TestGuestMemory memory = new TestGuestMemory();
    TestBuffers buffers = new TestBuffers(memory, fixture.mtu() + 64, 3);
    QueueHarness harness = new QueueHarness(queues.getFirst(), driver, memory, buffers);
    try {
      harness.post(IntStream.range(0, BUFFERS).toArray());
      List<TestPacket> packets =
          IntStream.range(0, FRAMES)
              .mapToObj(i -> new TestPacket(i, TestFrames.frame(i, 100)))
              .toList();
      Shortfall shortfall = new TestWorker(harness).run(packets, 1, BUFFERS, false, PATIENCE);
      return shortfall == null || !harness.ownFrames().isEmpty()
          ? FrameFate.REFLECTED
          : FrameFate.UNKNOWN;
    } finally {
      harness.closeQueue();
      harness.takeBack();
      subject.endpoint().stop();
    }
  }
}
