package org.patchbay.fault;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/** Answers counts that can't be true. */
final class WrongCounts implements QueueFault {

  /** No failure code of {@link org.patchbay.api.Queue}. */
  static final int UNKNOWN_CODE = -77;

  private final boolean negative;

  /**
   * @param negative whether it answers a code that there is not, instead of too many
   */
  WrongCounts(boolean negative) {
    this.negative = negative;
  }

  private int wrong(int tooMany) {
    return negative ? UNKNOWN_CODE : tooMany;
  }

  @Override
  public int rxAvail(int result) {
    return wrong(1);
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space, int result) {
    return wrong(space + 1);
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch, int result) {
    return wrong(TxResult.complete(batch.packetCount() + 1));
  }

  @Override
  public int txPoll(int[] ids, int space, int result) {
    return wrong(space + 1);
  }
}
