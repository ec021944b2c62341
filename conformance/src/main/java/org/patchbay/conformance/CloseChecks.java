package org.patchbay.conformance;

import java.time.Duration;
import java.util.List;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Queue;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestFrames;

/** Lines Q19 to Q22: what closing a queue means. */
final class CloseChecks {

  private static final int BUFFERS = 64;
  private static final Duration LATER = Duration.ofMillis(150);

  private static final Duration SHORTLY = Duration.ofMillis(30);

  private CloseChecks() {}

  static List<Check> all() {
    return List.of(
        Check.of("Q19", "guest memory is left alone after the close", CloseChecks::leftAlone),
        Check.of("Q20", "a queue opened later knows nothing", CloseChecks::nothingLeft),
        Check.of("Q21", "another thread may close", CloseChecks::closeFromAnotherThread),
        Check.of("Q22", "a second close does nothing", CloseChecks::closeTwice));
  }

  private static void leftAlone(Trial trial) throws Exception {
    QueueHarness queue = trial.open();
    queue.post(Trial.ids(1, BUFFERS));
    Traffic.transmitAndCompare(trial, queue, Trial.packets(0, 5, 100));
    queue.offer(Trial.packets(10, 3, 100));
    trial.inject(Trial.packets(20, 3, 100));
    queue.close();
    trial.inject(Trial.packets(30, 3, 100));
    queue.watchAfterClose(LATER);
    if (trial.fate() == FrameFate.FAR_SIDE) {
      byte[] frame;
      while ((frame = trial.readPeer(LATER)) != null) {
        trial.require(
            !TestFrames.isPoison(frame), "a packet was read from guest memory after the close");
      }
    }
  }

  private static void nothingLeft(Trial trial) throws Exception {
    for (int round = 0; round < 3; round++) {
      QueueHarness queue = trial.open();
      int came = queue.collect(64) + queue.complete(64);
      trial.require(came == 0, "a new queue answered " + came + " ids");
      queue.post(Trial.ids(1, BUFFERS));
      Traffic.transmitAndCompare(trial, queue, Trial.packets(round * 10, 5, 100));
      // Left behind: filled buffers that nobody collected, and buffers that nobody used.
      queue.offer(Trial.packets(round * 10 + 5, 3, 100));
      trial.closeQueues();
      if (trial.fate() == FrameFate.FAR_SIDE) {
        emptyPeer(trial);
      }
      if (round == 1) {
        trial.endpoint().stop();
      }
    }
  }

  /** Reads frames that went out before the close, or in vain. */
  private static void emptyPeer(Trial trial) throws FixtureFailure {
    while (trial.readPeer(SHORTLY) != null) {
      // Of no interest.
    }
  }

  private static void closeFromAnotherThread(Trial trial) throws Exception {
    for (int round = 0; round < 2; round++) {
      QueueHarness queue = trial.open();
      queue.post(Trial.ids(1, BUFFERS));
      Traffic.transmitAndCompare(trial, queue, Trial.packets(round * 10, 5, 100));
      trial.onAnotherThread(queue::closeQueue);
      queue.takeBack();
      queue.checkAfterClose();
    }
  }

  private static void closeTwice(Trial trial) throws Exception {
    QueueHarness first = trial.open();
    first.post(Trial.ids(1, BUFFERS));
    first.close();
    closeAgain(trial, first.queue());
    QueueHarness second = openAgain(trial);
    closeAgain(trial, first.queue());
    trial.require(
        !opensOthers(trial) || !stops(trial),
        "closing an old queue again made the endpoint forget the open one");
    second.post(Trial.ids(1, BUFFERS));
    Traffic.transmitAndCompare(trial, second, Trial.packets(0, 5, 100));
  }

  private static QueueHarness openAgain(Trial trial) throws Exception {
    try {
      return trial.open();
    } catch (ContractViolation violation) {
      throw trial.broken("after a second close() " + violation.sentence());
    }
  }

  private static boolean opensOthers(Trial trial) throws FixtureFailure {
    try (TestDriver driver = trial.newDriver()) {
      Trial.close(trial.endpoint().getQueues(trial.configs(1, driver), null));
      return true;
    } catch (EndpointException e) {
      return e.error() != EndpointError.BUSY;
    }
  }

  private static boolean stops(Trial trial) {
    try {
      trial.endpoint().stop();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static void closeAgain(Trial trial, Queue queue) {
    try {
      queue.close();
    } catch (ContractViolation violation) {
      throw trial.broken("the second time, " + violation.sentence());
    }
  }
}
