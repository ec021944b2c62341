package org.patchbay.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Ethernet;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RssConfig;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.Shortfall;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestWorker;

/**
 * One run of one check: an endpoint of its own, its queues, and what checks do with them again and
 * again. Used by the check's thread.
 */
final class Trial {

  private static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");

  /** Of those that are taken before one is waited for. */
  private static final int MOST_WAKE_UPS = 100;

  private final String line;
  private final FrameFate fate;
  private final Duration patience;
  private final int mtu;
  private final WorkerWaitFactory waits;
  private final ObservedSubject subject;
  private final ObservedEndpoint endpoint;
  private final CheckThreads threads;
  private final List<QueueHarness> harnesses = new ArrayList<>();

  /**
   * @param line the line that is checked
   * @param fixture asked here and not later, as it is used by one thread at a time
   * @param threads gets the threads that the check starts
   */
  Trial(String line, Fixture fixture, ObservedSubject subject, CheckThreads threads)
      throws FixtureFailure {
    this.line = line;
    fate = fixture.fate();
    patience = fixture.patience();
    mtu = fixture.mtu();
    if (mtu < Fixture.LEAST_MTU || mtu > Fixture.MOST_MTU) {
      throw new FixtureFailure(
          "mtu() answered "
              + mtu
              + "; the kit allows "
              + Fixture.LEAST_MTU
              + " to "
              + Fixture.MOST_MTU
              + " bytes");
    }
    waits = fixture.waits();
    this.subject = subject;
    endpoint = new ObservedEndpoint(subject.endpoint());
    this.threads = threads;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  FrameFate fate() {
    return fate;
  }

  /** Whether the kit sees frames that come out, and makes frames come in. */
  boolean seesFrames() {
    return fate == FrameFate.REFLECTED || fate == FrameFate.FAR_SIDE;
  }

  Duration patience() {
    return patience;
  }

  /** Reads a frame from the far side, or null if none comes in time. */
  byte @Nullable [] readPeer(Duration time) throws FixtureFailure {
    return subject.read(time);
  }

  /** Length of the longest frame, in bytes. */
  int maxFrame() {
    return mtu + Ethernet.HEADER_LENGTH;
  }

  /** A length of a frame in bytes, or that of the longest one if that is less. */
  int atMost(int length) {
    return Math.min(length, maxFrame());
  }

  /** The line that is checked does not hold. */
  ContractViolation broken(String message) {
    return new ContractViolation(line, message);
  }

  void require(boolean holds, String message) {
    if (!holds) {
      throw broken(message);
    }
  }

  // ---- queues ----

  TestDriver newDriver() throws FixtureFailure {
    try {
      return new TestDriver(waits);
    } catch (EndpointException e) {
      throw new FixtureFailure(e);
    }
  }

  QueueConfig config(QueueDriver driver) {
    return new QueueConfig(driver, MAC, mtu);
  }

  /** Configs whose drivers nobody uses, for calls that have to fail. */
  List<QueueConfig> configs(int count, QueueDriver driver) {
    return Collections.nCopies(count, config(driver));
  }

  /** Opens one queue with buffers for the longest frame. */
  QueueHarness open() throws FixtureFailure {
    return open(1, null).getFirst();
  }

  /** Opens one queue with buffers of a length in bytes. */
  QueueHarness open(int capacity) throws FixtureFailure {
    return open(1, null, capacity).getFirst();
  }

  List<QueueHarness> open(int count, @Nullable RssConfig rss) throws FixtureFailure {
    return open(count, rss, maxFrame() + 64);
  }

  private List<QueueHarness> open(int count, @Nullable RssConfig rss, int capacity)
      throws FixtureFailure {
    List<TestDriver> drivers = new ArrayList<>();
    List<QueueConfig> configs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drivers.add(newDriver());
      configs.add(config(drivers.get(i)));
    }
    List<Queue> queues;
    try {
      queues = endpoint().getQueues(configs, rss);
    } catch (EndpointException | RuntimeException e) {
      drivers.forEach(TestDriver::close);
      throw new ContractViolation("E3", "getQueues was given " + count + " configs and threw " + e);
    }
    if (queues.size() != count || queues.stream().distinct().count() != count) {
      close(queues);
      drivers.forEach(TestDriver::close);
      throw new ContractViolation(
          "E3", "getQueues was given " + count + " configs and answered " + queues);
    }
    List<QueueHarness> opened = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TestGuestMemory memory = new TestGuestMemory();
      TestBuffers buffers = new TestBuffers(memory, capacity, 3);
      opened.add(new QueueHarness(queues.get(i), drivers.get(i), memory, buffers));
    }
    harnesses.addAll(opened);
    return opened;
  }

  /** Closes queues that no harness has. */
  static void close(List<Queue> queues) {
    for (Queue queue : queues) {
      QueueHarness.close(queue);
    }
  }

  /** Closes the queues that are open, and looks for what they do afterwards. */
  void closeQueues() {
    for (QueueHarness harness : harnesses) {
      harness.close();
      harness.checkAfterClose();
    }
  }

  /** Closes everything; the first failure is the one that is thrown. */
  void end() {
    AssertionError first = null;
    for (QueueHarness harness : harnesses) {
      try {
        harness.close();
        harness.checkAfterClose();
      } catch (ContractViolation violation) {
        first = first == null ? violation : first;
        // A violation leaves the queue open.
        closeAnyway(harness);
      }
    }
    try {
      stop();
    } catch (ContractViolation violation) {
      first = first == null ? violation : first;
    }
    if (first != null) {
      throw first;
    }
  }

  /** Stops the endpoint, which has no queue open. */
  void stop() {
    try {
      endpoint().stop();
    } catch (RuntimeException e) {
      throw new ContractViolation("E8", "stop() threw " + e + " while no queue was open");
    }
  }

  private static void closeAnyway(QueueHarness harness) {
    try {
      harness.closeQueue();
    } catch (ContractViolation violation) {
      // One violation is told of already.
    }
    harness.takeBack();
  }

  /** Runs something on a thread of its own. */
  CheckThreads.Running start(String name, Check.Step step) {
    return threads.start(line + "-" + name, step);
  }

  /** Runs something on a thread of its own, as after a hand-over, and waits for it. */
  void onAnotherThread(Check.Step step) throws Exception {
    start("other", step).join();
  }

  // ---- traffic ----

  /** Ids from a number on. */
  static int[] ids(int from, int count) {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = from + i;
    }
    return ids;
  }

  /** Packets with frames of one length, whose ids are their numbers and a thousand. */
  static List<TestPacket> packets(int firstSequence, int count, int length) {
    List<TestPacket> packets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int sequence = firstSequence + i;
      packets.add(new TestPacket(1000 + sequence, TestFrames.frame(sequence, length)));
    }
    return packets;
  }

  /**
   * Transmits packets through a queue with enough buffers posted, until each is complete.
   *
   * @return the frames that came out, in their order; none where frames are dropped
   */
  List<byte[]> transmit(QueueHarness harness, List<TestPacket> packets) throws FixtureFailure {
    List<byte[]> reflected = send(harness, packets);
    return fate == FrameFate.FAR_SIDE ? readOwn(goodOf(packets)) : reflected;
  }

  /**
   * The same without a look at the far side, to which frames may go.
   *
   * @return the frames that came back by the queue
   */
  List<byte[]> send(QueueHarness harness, List<TestPacket> packets) {
    int frames = fate == FrameFate.REFLECTED ? goodOf(packets) : 0;
    harness.forgetReceived();
    expectAll(harness, new TestWorker(harness).run(packets, frames, 64, false, patience));
    return fate == FrameFate.REFLECTED
        ? harness.ownFrames().stream().map(ReceivedFrame::frame).toList()
        : List.of();
  }

  private static int goodOf(List<TestPacket> packets) {
    return (int) packets.stream().filter(packet -> !packet.isBad()).count();
  }

  /**
   * Makes frames arrive at a queue with enough buffers posted.
   *
   * @return the frames received, in their order
   */
  List<ReceivedFrame> receive(QueueHarness harness, List<TestPacket> packets) throws Exception {
    return receive(harness, packets, 64, false);
  }

  List<ReceivedFrame> receive(
      QueueHarness harness, List<TestPacket> packets, int space, boolean repost) throws Exception {
    harness.forgetReceived();
    List<TestPacket> offered = inject(packets);
    expectAll(
        harness, new TestWorker(harness).run(offered, packets.size(), space, repost, patience()));
    return harness.ownFrames();
  }

  /** Collects frames until something holds. */
  void collectUntil(QueueHarness harness, BooleanSupplier condition, String otherwise) {
    long deadline = System.nanoTime() + patience().toNanos();
    while (!condition.getAsBoolean()) {
      require(System.nanoTime() < deadline, otherwise);
      if (harness.collect(64) == 0 && !harness.pollReady()) {
        // Whether it was woken does not matter: it looks again either way.
        boolean unused = harness.driver().await(Duration.ofMillis(10));
      }
    }
  }

  /** Collects frames until the queue is not ready, and checks that it gets there. */
  void drain(QueueHarness harness) {
    for (int round = 0; harness.pollReady(); round++) {
      if (round == 1000) {
        throw new ContractViolation("Q4", "pollReady answers true though nothing is there");
      }
      harness.collect(64);
    }
  }

  /**
   * Drains a queue until its wake-up is armed and none is left from before, so that the next one is
   * that of what comes next. A queue that wakes its driver all the time gets no further.
   */
  void settle(QueueHarness harness) {
    int round = 0;
    do {
      drain(harness);
    } while (harness.driver().await(Duration.ZERO) && round++ < MOST_WAKE_UPS);
  }

  /**
   * Sends frames from the far side, if there is one.
   *
   * @return what has to be transmitted by the queue itself for these frames to arrive
   */
  List<TestPacket> inject(List<TestPacket> packets) throws FixtureFailure {
    if (fate() != FrameFate.FAR_SIDE) {
      return packets;
    }
    for (TestPacket packet : packets) {
      subject.inject(packet.frame());
    }
    return List.of();
  }

  /** Reads our own frames from the far side. */
  List<byte[]> readOwn(int count) throws FixtureFailure {
    List<byte[]> frames = new ArrayList<>();
    while (frames.size() < count) {
      byte[] frame = readPeer(patience());
      if (frame == null) {
        throw new ContractViolation(
            "Q11",
            "of "
                + count
                + " packets that were accepted and completed, "
                + frames.size()
                + " reached the far side");
      }
      if (TestFrames.sequence(TestFrames.withoutTag(frame)) >= 0) {
        frames.add(frame);
      }
    }
    return frames;
  }

  /**
   * Good packets of an endpoint whose far end nobody knows may fail for want of one, which tells
   * nothing of the endpoint.
   *
   * @param errors how many transmit errors there may be
   */
  void requireWayOut(QueueStatistics statistics, long errors) {
    if (fate() == FrameFate.UNKNOWN && statistics.txErrors() > errors) {
      throw new Unchecked("good packets are counted as errors, as it may be without a far end");
    }
  }

  /** Traffic that stands still breaks the line that says that it goes on. */
  void expectAll(QueueHarness harness, @Nullable Shortfall shortfall) {
    if (shortfall == null) {
      return;
    }
    if (fate() == FrameFate.UNKNOWN) {
      throw new Unchecked(
          "packets are not taken or not completed, as it may be without a far end: " + shortfall);
    }
    if (shortfall.notCompleted() > 0) {
      throw new ContractViolation(
          "Q16", "packets that were accepted as pending and never completed: " + shortfall);
    }
    int posted = harness.buffers().postedCount();
    if (shortfall.notAccepted() > 0) {
      boolean allCameBack = shortfall.notReceived() <= shortfall.notAccepted();
      throw fate() == FrameFate.REFLECTED && posted > 0 && allCameBack
          ? new ContractViolation(
              "Q7",
              "receive buffers that were posted and are not used: " + posted + "; " + shortfall)
          : new ContractViolation(
              allCameBack ? "Q11" : "Q10", "packets are not accepted any more: " + shortfall);
    }
    throw new ContractViolation("Q10", "filled buffers never came back: " + shortfall);
  }
}
