package org.patchbay.conformance.support;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does with a queue what a worker does: offers, collects, and sleeps while the queue is not ready.
 * A method that finds a line of the contract broken throws a {@link ContractViolation}.
 *
 * <p>One thread at a time, the one that uses the harness.
 */
public final class TestWorker {

  private static final int MAX_IDLE_ROUNDS = 10_000;

  private final QueueHarness harness;
  private int idleRounds;

  /**
   * @param harness the queue
   */
  public TestWorker(QueueHarness harness) {
    this.harness = harness;
  }

  /**
   * Sleeps, as a worker does, until the queue is ready.
   *
   * @return false if it was not ready in time
   */
  public boolean awaitReady(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!harness.pollReady()) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || !harness.driver().await(Duration.ofNanos(left))) {
        checkNotLost();
        return false;
      }
    }
    return true;
  }

  /** Nothing woke the worker: then nothing may be there. */
  private void checkNotLost() {
    if (harness.pollReady()) {
      throw new ContractViolation(
          "Q5", "the queue became ready and did not wake its driver: the wake-up was lost");
    }
    if (harness.collect(QueueHarness.MAX_BATCH) > 0) {
      throw new ContractViolation("Q4", "pollReady answered false while rxPoll had frames");
    }
    if (!harness.inFlight().isEmpty() && harness.complete(QueueHarness.MAX_BATCH) > 0) {
      throw new ContractViolation("Q4", "pollReady answered false while txPoll had completions");
    }
  }

  /**
   * Does what a worker does until nothing is left to do: offers packets until all are accepted and
   * complete, collects frames, and sleeps in between.
   *
   * @param packets what to transmit; may be empty
   * @param frames how many of our own frames have to be received in all, see {@link
   *     QueueHarness#ownFrames}
   * @param space how many ids each call is given space for
   * @param repost whether receive buffers are posted again as soon as they came back
   * @param patience how long nothing may happen
   * @return null, or what is missing, as a sentence, after nothing happened for so long
   */
  public @Nullable Shortfall run(
      List<TestPacket> packets, int frames, int space, boolean repost, Duration patience) {
    List<TestPacket> waiting = new ArrayList<>(packets);
    while (true) {
      int progress = 0;
      if (!waiting.isEmpty()) {
        int count =
            harness.offer(waiting.subList(0, Math.min(waiting.size(), QueueHarness.MAX_BATCH)));
        waiting.subList(0, count).clear();
        progress += count;
      }
      int before = harness.received().size();
      int count = harness.collect(space);
      if (repost && count > 0) {
        List<ReceivedFrame> received = harness.received();
        harness.post(
            received.subList(before, received.size()).stream()
                .mapToInt(ReceivedFrame::id)
                .toArray());
      }
      progress += count + harness.complete(space);
      if (waiting.isEmpty() && harness.inFlight().isEmpty() && harness.ownCount() >= frames) {
        return null;
      }
      idleRounds = progress > 0 ? 0 : idleRounds + 1;
      if (idleRounds > MAX_IDLE_ROUNDS) {
        throw new ContractViolation(
            "Q4", "pollReady answers true again and again while there is nothing to do");
      }
      if (progress == 0 && !awaitReady(patience)) {
        return new Shortfall(
            waiting.size(), harness.inFlight().size(), Math.max(0, frames - harness.ownCount()));
      }
    }
  }
}
