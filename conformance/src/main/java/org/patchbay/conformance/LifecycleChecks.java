package org.patchbay.conformance;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestPacket;

/** Lines E8 to E22: how an endpoint stops, what it declares, and what else it answers. */
final class LifecycleChecks {

  private static final int BUFFERS = 64;
  private static final Duration SOON = Duration.ofMillis(500);

  private LifecycleChecks() {}

  static List<Check> all() {
    return List.of(
        Check.of("E8", "stop is refused while a queue is open", LifecycleChecks::stopWhileOpen),
        Check.of("E9", "a stop too many does nothing", LifecycleChecks::stopTwice),
        Check.of("E10", "getQueues may follow stop", LifecycleChecks::reopen),
        Check.ofFrames(
            "E12",
            "packets keep their order",
            declared ->
                !declared.ordered()
                    ? "the endpoint declares no order"
                    : declared.fate() == FrameFate.DROPPED ? "no frame comes out" : null,
            LifecycleChecks::order),
        Check.unless(
            "E13",
            "transmits complete soon",
            declared ->
                declared.fastCompletions() ? null : "the endpoint declares no fast completions",
            LifecycleChecks::fastCompletions),
        Check.of("E14", "the data path to a virtual function is typed", LifecycleChecks::dataPath),
        Check.of("E15", "an interrupt ends the wait for an action", LifecycleChecks::interrupt),
        Check.of("E17", "the whole life of an endpoint, three times", LifecycleChecks::life),
        Check.of("E19", "any thread may inspect at any time", LifecycleChecks::inspection),
        Check.of("E21", "calls of the endpoint return soon", LifecycleChecks::eachCall),
        Check.of("E22", "capabilities are answered and stay", LifecycleChecks::capabilities));
  }

  private static void stopWhileOpen(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    boolean refused = false;
    try {
      trial.endpoint().stop();
    } catch (IllegalStateException e) {
      refused = true;
    } catch (RuntimeException e) {
      throw trial.broken("stop() with an open queue threw " + e);
    }
    trial.require(refused, "stop() with an open queue threw nothing");
    Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 5, 100));
  }

  private static void stopTwice(Trial trial) throws Exception {
    stop(trial, "before the first getQueues");
    trial.open();
    trial.closeQueues();
    stop(trial, "after the queues were closed");
    stop(trial, "a second time");
  }

  private static void stop(Trial trial, String when) {
    try {
      trial.endpoint().stop();
    } catch (RuntimeException e) {
      throw trial.broken("stop() " + when + " threw " + e);
    }
  }

  private static void reopen(Trial trial) throws Exception {
    for (int round = 0; round < 3; round++) {
      QueueHarness queue = trial.open();
      queue.post(Trial.ids(1, BUFFERS));
      Traffic.transmitAndCompare(trial, queue, Trial.packets(round * 10, 5, 100));
      trial.closeQueues();
      trial.endpoint().stop();
    }
  }

  private static void order(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, 128));
    int sequence = 0;
    for (int count : new int[] {1, 2, 3, 17, 64, 40}) {
      List<TestPacket> packets = Trial.packets(sequence, count, 100);
      List<byte[]> frames = trial.transmit(queue, packets);
      requireOrder(trial, "transmitted", sequence, frames);
      Traffic.repost(queue);
      if (trial.fate() == FrameFate.FAR_SIDE) {
        List<ReceivedFrame> received = trial.receive(queue, packets);
        requireOrder(
            trial, "received", sequence, received.stream().map(ReceivedFrame::frame).toList());
        Traffic.repost(queue);
      }
      sequence += count;
    }
  }

  private static void requireOrder(Trial trial, String what, int first, List<byte[]> frames) {
    for (int i = 0; i < frames.size(); i++) {
      int sequence = TestFrames.sequence(frames.get(i));
      trial.require(
          sequence == first + i,
          "frame " + (first + i) + " was " + what + " after, or in place of, frame " + sequence);
    }
  }

  private static void fastCompletions(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    for (int round = 0; round < 5; round++) {
      long start = System.nanoTime();
      Traffic.transmitAndCompare(trial, queue, Trial.packets(10 * round, 8, 100));
      long millis = (System.nanoTime() - start) / 1_000_000;
      if (trial.fate() == FrameFate.UNKNOWN && millis >= SOON.toMillis()) {
        throw new Unchecked("transmits complete late, as it may be without a far end");
      }
      trial.require(millis < SOON.toMillis(), "eight transmits took " + millis + " ms to complete");
    }
  }

  private static void dataPath(Trial trial) {
    requireTyped(trial, "getDataPathToGuestVf()", trial.endpoint()::getDataPathToGuestVf);
    requireTyped(
        trial, "setDataPathToGuestVf(true)", () -> trial.endpoint().setDataPathToGuestVf(true));
    requireTyped(
        trial, "setDataPathToGuestVf(false)", () -> trial.endpoint().setDataPathToGuestVf(false));
  }

  private static void requireTyped(Trial trial, String call, Check.Step step) {
    try {
      step.run();
    } catch (EndpointException e) {
      trial.require(
          e.error() == EndpointError.UNSUPPORTED,
          call + " failed with " + e.error() + ", not with UNSUPPORTED");
    } catch (Exception e) {
      throw trial.broken(call + " threw " + e);
    }
  }

  private static void interrupt(Trial trial) throws Exception {
    ActionWaiter waiter = ActionWaiter.start(trial.endpoint());
    waiter.awaitWait(trial.patience());
    boolean early = waiter.awaitEnd(Duration.ZERO);
    waiter.interrupt();
    boolean ended = waiter.awaitEnd(trial.patience());
    Object end = waiter.end();
    if (end instanceof ContractViolation violation) {
      throw violation;
    }
    trial.require(!early, "waitForEndpointAction() threw, and nobody had interrupted it: " + end);
    trial.require(
        ended && end instanceof InterruptedException,
        "an interrupted waitForEndpointAction() did not throw InterruptedException: " + end);
  }

  private static void life(Trial trial) throws Exception {
    for (int round = 0; round < 3; round++) {
      QueueHarness queue = trial.open();
      queue.queue().updateTargetVp(round);
      queue.post(Trial.ids(1, BUFFERS));
      Traffic.transmitAndCompare(trial, queue, Trial.packets(round * 100, 20, 100));
      if (trial.seesFrames()) {
        Traffic.receiveAndCompare(trial, queue, "Q10", Trial.packets(round * 100 + 50, 20, 100));
      }
      trial.closeQueues();
      trial.endpoint().stop();
    }
  }

  private static void inspection(Trial trial) throws Exception {
    inspectOnce(trial);
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<ContractViolation> violation = new AtomicReference<>();
    Thread inspector =
        Thread.ofPlatform()
            .daemon()
            .name("conformance-inspect")
            .start(
                () -> {
                  try {
                    do {
                      trial.endpoint().inspect(new InspectNode());
                    } while (!done.get());
                  } catch (ContractViolation e) {
                    violation.set(e);
                  }
                });
    try {
      for (int round = 0; round < 20; round++) {
        Traffic.transmitAndCompare(trial, queue, Trial.packets(round * 10, 8, 100));
      }
    } finally {
      done.set(true);
    }
    trial.require(inspector.join(trial.patience()), "inspect() does not return");
    ContractViolation found = violation.get();
    trial.require(found == null, "during traffic " + (found == null ? "" : found.sentence()));
    trial.closeQueues();
    inspectOnce(trial);
  }

  private static void capabilities(Trial trial) throws Exception {
    List<Object> before = capabilitiesOf(trial.endpoint());
    trial.open();
    List<Object> open = capabilitiesOf(trial.endpoint());
    trial.require(open.equals(before), "with queues open, " + before + " became " + open);
    trial.closeQueues();
    trial.endpoint().stop();
    List<Object> after = capabilitiesOf(trial.endpoint());
    trial.require(after.equals(before), "after stop(), " + before + " became " + after);
  }

  private static List<Object> capabilitiesOf(Endpoint endpoint) {
    return List.of(
        endpoint.isOrdered(),
        endpoint.txOffloadSupport(),
        endpoint.carriesVlan(),
        endpoint.multiQueueSupport(),
        endpoint.txFastCompletions(),
        endpoint.linkSpeed());
  }

  /** Makes each call once; the trial times them, here as in all checks. */
  private static void eachCall(Trial trial) throws Exception {
    Endpoint endpoint = trial.endpoint();
    Object unused = List.of(endpoint.endpointType(), capabilitiesOf(endpoint));
    dataPath(trial);
    inspectOnce(trial);
    trial.open();
    inspectOnce(trial);
    trial.closeQueues();
    endpoint.stop();
  }

  private static void inspectOnce(Trial trial) {
    InspectNode node = new InspectNode();
    trial.endpoint().inspect(node);
    trial.require(!node.render().isBlank(), "inspect() named no value");
  }
}
