package org.patchbay.api;

import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One path for transmitting and receiving packets, opened by {@link Endpoint#getQueues}.
 *
 * <p>Used by exactly one thread at a time, the worker; it therefore holds no locks. Each call that
 * touches buffers gets the frontend's {@link BufferAccess}, which is valid during that call and on
 * that thread only and must not be kept. None of these methods blocks, allocates, logs or throws:
 * failures are the negative codes below, and the cause is kept for {@link #failure()}.
 *
 * <p>Ids are opaque 32-bit numbers of any value. The frontend does not use one again before it came
 * back.
 */
@ConsumerType
public interface Queue extends AutoCloseable {

  /** Failure code: the queue works again after its endpoint's queues were closed and reopened. */
  int TRY_RESTART = -1;

  /** Failure code: the endpoint can't be used any more; it is unplugged. */
  int FATAL = -2;

  /** Failure code of facades: the endpoint behind is gone, and nothing was done. */
  int GONE = -3;

  /**
   * Tells which virtual processor of the guest handles this queue, so that the backend can work
   * near it.
   *
   * @param targetVp number of the virtual processor, from 0
   */
  default void updateTargetVp(int targetVp) {}

  /**
   * Asks whether the queue has something for {@link #rxPoll} or {@link #txPoll}, or room again
   * after {@link #txAvail} accepted less than it was offered.
   *
   * <p>If the answer is no, the queue's {@link QueueDriver} wakes the worker when that changes; a
   * change between the check and the arming of that wake-up is not lost. Never blocks.
   */
  boolean pollReady(BufferAccess buffers);

  /**
   * Gives receive buffers to the backend, which uses them in the order posted.
   *
   * @param ids the buffers' ids, in {@code ids[0]} to {@code ids[count - 1]}; not kept
   * @return 0, or {@link #TRY_RESTART} or {@link #FATAL}
   */
  int rxAvail(BufferAccess buffers, int[] ids, int count);

  /**
   * Collects filled receive buffers; they are the frontend's again. Never answers an id twice.
   *
   * @param ids takes the ids of filled buffers, in the order of their packets
   * @param space how many ids fit, 1 to {@code ids.length}
   * @return how many ids were written, 0 to {@code space}, or {@link #TRY_RESTART} or {@link
   *     #FATAL}
   */
  int rxPoll(BufferAccess buffers, int[] ids, int space);

  /**
   * Offers packets for transmission, in order. The backend accepts a number of whole packets from
   * the start of the batch; the rest stays with the frontend, which offers it again.
   *
   * <p>A malformed packet ({@link TxBatch#isWellFormed}) or one that lies outside guest memory is
   * accepted, dropped and counted as a transmit error; the packets around it go on.
   *
   * @param batch the packets; valid during the call only, while the guest memory that it names
   *     stays valid until each packet's completion
   * @return {@link TxResult#complete} if all accepted packets are complete, {@link
   *     TxResult#pending} if each accepted id will come back by {@link #txPoll}, or {@link
   *     #TRY_RESTART} or {@link #FATAL}
   */
  int txAvail(BufferAccess buffers, TxBatch batch);

  /**
   * Collects completions of packets that {@link #txAvail} answered as pending.
   *
   * @param ids takes the ids of completed packets, each once
   * @param space how many ids fit, 1 to {@code ids.length}
   * @return how many ids were written, 0 to {@code space}, or {@link #TRY_RESTART} or {@link
   *     #FATAL}
   */
  int txPoll(BufferAccess buffers, int[] ids, int space);

  /** Counters of this queue; the same object at each call, readable by any thread. */
  QueueStatistics statistics();

  /** Why the last call failed with {@link #TRY_RESTART} or {@link #FATAL}; null if none did. */
  default @Nullable Throwable failure() {
    return null;
  }

  /**
   * Closes the queue: buffers and packets that it held are the frontend's again, its watches end,
   * and guest memory is neither read nor written after this returns. May come from another thread
   * than the worker, after hand-over. A second call does nothing.
   */
  @Override
  void close();
}
