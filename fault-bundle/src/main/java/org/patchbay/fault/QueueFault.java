package org.patchbay.fault;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.TxBatch;

/**
 * What a queue does wrong with the arguments and answers of a call. {@link FaultyQueue} calls it
 * for the calls that have the fault, on their threads; {@link #posted} and {@link #returned} for
 * all. One for each queue.
 */
interface QueueFault {

  /** For faults that are {@link Deed}s. */
  QueueFault NOTHING = new QueueFault() {};

  /** Before the work of a call that lends buffers. */
  default void before(BufferAccess buffers) {}

  /** The answer of rxAvail. */
  default int rxAvail(int result) {
    return result;
  }

  /** The answer of rxPoll; {@code result} ids are in {@code ids}, not a failure. */
  default int rxPoll(BufferAccess buffers, int[] ids, int space, int result) {
    return result;
  }

  /** The answer of txAvail. */
  default int txAvail(BufferAccess buffers, TxBatch batch, int result) {
    return result;
  }

  /** The answer of txPoll; {@code result} ids are in {@code ids}, not a failure. */
  default int txPoll(int[] ids, int space, int result) {
    return result;
  }

  /** Buffers were posted, in any call of rxAvail. */
  default void posted(BufferAccess buffers, int[] ids, int count) {}

  /** Buffers are about to be given back, in any call of rxPoll. */
  default void returned(int[] ids, int count) {}

  /** The queue was closed. */
  default void closed() {}
}
