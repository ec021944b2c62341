package org.patchbay.conformance.support;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * Calls one queue as a frontend should and keeps a ledger of its ids. Whatever it lends for a call
 * it overwrites afterwards. A {@link TestWorker} makes the calls in a worker's order. A method that
 * finds a line of the contract broken throws a {@link ContractViolation} with that line's id.
 *
 * <p>One thread at a time, the worker.
 */
public final class QueueHarness implements AutoCloseable {

  static final int MAX_BATCH = 64;
  private static final int GARBAGE = 0x7a7a7a7a;

  private final ObservedQueue queue;
  private final TestDriver driver;
  private final TestGuestMemory memory;
  private final TestBuffers buffers;
  private final TxBatch batch = new TxBatch(MAX_BATCH, 2 * (TxBatch.MAX_SEGMENTS + MAX_BATCH));
  private final List<TestPacket> inFlight = new ArrayList<>();
  private final List<ReceivedFrame> received = new ArrayList<>();
  private long accepted;
  private long completed;
  private long collected;
  private int own;
  private boolean closed;

  /**
   * @param queue a queue that was just opened; closed by {@link #close}
   * @param driver the driver of its config; closed after the queue
   * @param memory the guest memory
   * @param buffers the queue's receive buffers
   */
  public QueueHarness(Queue queue, TestDriver driver, TestGuestMemory memory, TestBuffers buffers) {
    this.queue = new ObservedQueue(queue);
    this.driver = driver;
    this.memory = memory;
    this.buffers = buffers;
  }

  /** The queue. */
  public Queue queue() {
    return queue;
  }

  /** The queue's driver. */
  public TestDriver driver() {
    return driver;
  }

  /** The queue's receive buffers. */
  public TestBuffers buffers() {
    return buffers;
  }

  /** The guest memory. */
  public TestGuestMemory memory() {
    return memory;
  }

  /** Packets that were accepted but did not complete yet, oldest first. */
  public List<TestPacket> inFlight() {
    return List.copyOf(inFlight);
  }

  /** Frames received so far, oldest first; of a host's own traffic, too. */
  public List<ReceivedFrame> received() {
    return List.copyOf(received);
  }

  /** Packets accepted so far, bad ones included. */
  public long accepted() {
    return accepted;
  }

  /** Packets completed so far, bad ones included. */
  public long completed() {
    return completed;
  }

  /** Receive buffers that came back so far. */
  public long collected() {
    return collected;
  }

  // ---- calls of the queue ----

  /** Makes a call of the queue, with the buffers lent for its length, and checks what it left. */
  private <T> T call(String method, Callable<T> body) {
    T result;
    long start = System.nanoTime();
    buffers.enter();
    try {
      result = body.call();
    } catch (ContractViolation violation) {
      throw violation;
    } catch (Exception | Error e) {
      ContractViolation violation =
          new ContractViolation("Q17", method + " threw " + e + " instead of answering a code");
      violation.initCause(e);
      throw violation;
    } finally {
      buffers.leave();
      ObservedQueue.requireSoon("Q6", method, start);
    }
    checkViolations();
    return result;
  }

  /** Whether a frame of a stack is that of a call of the queue. */
  static boolean isCall(StackTraceElement frame) {
    return frame.getClassName().equals(QueueHarness.class.getName())
        && frame.getMethodName().equals("call");
  }

  /**
   * The line that a call of a queue breaks which does not return.
   *
   * @param stack the stack of the thread that makes it
   * @return its id, or null if the thread is in no call of a queue
   */
  public static @Nullable String lineOfStuckCall(StackTraceElement[] stack) {
    return ObservedQueue.lineOf(stack);
  }

  /** Closes a queue that no harness has; a violation is thrown as a harness's own close does. */
  public static void close(Queue queue) {
    new ObservedQueue(queue).close();
  }

  /** Throws the first violation that the buffers recorded, if any. */
  public void checkViolations() {
    List<ContractViolation> violations = buffers.violations();
    if (!violations.isEmpty()) {
      throw violations.getFirst();
    }
  }

  private void checkCode(String method, int code) {
    if (code >= 0) {
      return;
    }
    Throwable cause = queue.failure();
    throw new ContractViolation(
        "Q17",
        method
            + " answered "
            + code
            + ", which is a failure, in the middle of ordinary traffic; its cause: "
            + cause);
  }

  /**
   * Posts receive buffers.
   *
   * @param ids ids that are not posted now
   */
  public void post(int... ids) {
    int code = tryPost(ids);
    checkCode("rxAvail", code);
    if (code != 0) {
      throw new ContractViolation("Q17", "rxAvail answered " + code + "; allowed are 0 and codes");
    }
  }

  /** Posts receive buffers and answers the queue's code. */
  public int tryPost(int... ids) {
    for (int id : ids) {
      buffers.post(id);
    }
    // Longer than needed, so that a queue that reads on posts ids that nobody knows.
    int[] lent = Arrays.copyOf(ids, ids.length + 3);
    Arrays.fill(lent, ids.length, lent.length, GARBAGE);
    int code = call("rxAvail", () -> queue.rxAvail(buffers, lent, ids.length));
    Arrays.fill(lent, GARBAGE);
    return code;
  }

  /** Asks whether the queue is ready. */
  public boolean pollReady() {
    return call("pollReady", () -> queue.pollReady(buffers));
  }

  /**
   * Offers packets.
   *
   * @param packets at most 64
   * @return how many were accepted
   */
  public int offer(List<TestPacket> packets) {
    int result = tryOffer(packets);
    checkCode("txAvail", result);
    return TxResult.accepted(result);
  }

  /** Offers packets and answers the queue's result. */
  public int tryOffer(List<TestPacket> packets) {
    batch.clear();
    int segments = 0;
    for (TestPacket packet : packets) {
      packet.place(memory);
      packet.addTo(batch);
      segments = Math.max(segments, packet.segments());
    }
    int result = call("txAvail", () -> queue.txAvail(buffers, batch));
    scramble(packets.size());
    if (TxResult.isFailure(result)) {
      return result;
    }
    int count = TxResult.accepted(result);
    if (count > packets.size()) {
      throw new ContractViolation(
          segments > 1 ? "Q13" : "Q11",
          "txAvail was offered " + packets.size() + " packets and accepted " + count);
    }
    accepted += count;
    for (TestPacket packet : packets.subList(0, count)) {
      if (TxResult.isComplete(result)) {
        finish(packet);
      } else {
        inFlight.add(packet);
      }
    }
    return result;
  }

  /** The batch was lent for one call: what it says now is of no packet. */
  private void scramble(int packets) {
    batch.clear();
    for (int i = 0; i < packets; i++) {
      boolean unused = batch.addPacket(GARBAGE, 1, 0, 1, TestGuestMemory.HOLE, 1);
    }
  }

  /** A completed packet's memory is the guest's, which uses it for something else. */
  private void finish(TestPacket packet) {
    completed++;
    packet.scramble(memory);
  }

  /**
   * Collects received frames.
   *
   * @param space how many ids the queue is given space for, at least 1
   * @return how many buffers came back
   */
  public int collect(int space) {
    int count = tryCollect(space);
    checkCode("rxPoll", count);
    return count;
  }

  /** Collects received frames and answers the queue's code. */
  public int tryCollect(int space) {
    int[] ids = new int[space + 2];
    Arrays.fill(ids, GARBAGE);
    int count = call("rxPoll", () -> queue.rxPoll(buffers, ids, space));
    if (count < 0) {
      return count;
    }
    checkSpace("rxPoll", ids, count, space);
    for (int i = 0; i < count; i++) {
      if (!buffers.isPosted(ids[i])) {
        throw new ContractViolation(
            "Q10", "rxPoll answered id " + ids[i] + ", which the backend does not hold");
      }
      if (buffers.isOverrun(ids[i])) {
        throw new ContractViolation(
            "B8", "the buffer " + ids[i] + " was handed back after what did not fit into it");
      }
      collected++;
      ReceivedFrame frame = buffers.take(ids[i]);
      if (frame == null) {
        throw new ContractViolation(
            "Q10", "rxPoll answered id " + ids[i] + ", whose buffer was not filled since posted");
      }
      received.add(frame);
      own += frame.sequence() >= 0 ? 1 : 0;
    }
    if (count > 0) {
      checkMemory();
    }
    return count;
  }

  /**
   * Collects transmit completions.
   *
   * @param space how many ids the queue is given space for, at least 1
   * @return how many packets completed
   */
  public int complete(int space) {
    int[] ids = new int[space + 2];
    Arrays.fill(ids, GARBAGE);
    int count = call("txPoll", () -> queue.txPoll(buffers, ids, space));
    checkCode("txPoll", count);
    checkSpace("txPoll", ids, count, space);
    for (int i = 0; i < count; i++) {
      finish(takeInFlight(ids[i]));
    }
    return count;
  }

  private TestPacket takeInFlight(int id) {
    for (TestPacket packet : inFlight) {
      if (packet.id() == id) {
        inFlight.remove(packet);
        return packet;
      }
    }
    throw new ContractViolation("Q16", "txPoll answered id " + id + ", which is not in flight");
  }

  private static void checkSpace(String method, int[] ids, int count, int space) {
    if (count > space || ids[space] != GARBAGE || ids[space + 1] != GARBAGE) {
      throw new ContractViolation(
          "Q9",
          method + " was given space for " + space + " ids and wrote more, answering " + count);
    }
  }

  /** Looks for writes to guest memory that nobody allowed. */
  public void checkMemory() {
    buffers.acceptWrites();
    long address = memory.firstDifference();
    if (address < 0) {
      return;
    }
    memory.acceptAll();
    throw closed
        ? new ContractViolation(
            "Q19", "guest memory at 0x%x was written after the close".formatted(address))
        : new ContractViolation(
            "B8",
            "guest memory at 0x%x, in no buffer of the backend's, was written".formatted(address));
  }

  /** Frames received so far that tests made, oldest first. */
  public List<ReceivedFrame> ownFrames() {
    return received.stream().filter(frame -> frame.sequence() >= 0).toList();
  }

  /** Number of frames received so far that tests made. */
  int ownCount() {
    return own;
  }

  /** Forgets the frames received so far. */
  public void forgetReceived() {
    received.clear();
    own = 0;
  }

  // ---- the end ----

  /** Closes the queue and its driver; what the queue held is the frontend's. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    checkMemory();
    closeQueue();
    takeBack();
  }

  /** Closes the queue alone; a test may do so on another thread, and calls {@link #takeBack}. */
  public void closeQueue() {
    queue.close();
  }

  /** Makes everything that the queue held the frontend's again, after it was closed. */
  public void takeBack() {
    buffers.queueClosed();
    Set<Integer> ids = new HashSet<>();
    for (TestPacket packet : inFlight) {
      if (!ids.add(packet.id())) {
        throw new IllegalStateException("the test used id " + packet.id() + " twice");
      }
      packet.scramble(memory);
    }
    inFlight.clear();
    buffers.takeBackAll();
    memory.acceptAll();
    closed = true;
    driver.close();
  }

  /** Whether the queue was closed. */
  public boolean isClosed() {
    return closed;
  }

  /** Looks for uses of buffers and writes to guest memory after the queue was closed. */
  public void checkAfterClose() {
    checkViolations();
    checkMemory();
  }

  /**
   * Looks again and again for writes after the queue was closed.
   *
   * @param time how long
   */
  public void watchAfterClose(Duration time) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < deadline) {
      checkAfterClose();
      buffers.awaitViolation(Duration.ofMillis(5));
    }
  }
}
