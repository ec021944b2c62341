package org.patchbay.fault;

import org.patchbay.api.BufferAccess;

/** Gives ids back twice, or such as it never got, or none. */
final class WrongIds implements QueueFault {

  /** No frontend of ours has such an id; another's may, as ids are opaque. */
  static final int NEVER_GIVEN = Integer.MIN_VALUE + 0x5eed;

  private final Fault fault;

  /**
   * @param fault {@link Fault#ID_TWICE}, {@link Fault#ID_UNKNOWN} or {@link Fault#ID_NEVER}
   */
  WrongIds(Fault fault) {
    this.fault = fault;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space, int result) {
    return collect(ids, space, result);
  }

  @Override
  public int txPoll(int[] ids, int space, int result) {
    return collect(ids, space, result);
  }

  private int collect(int[] ids, int space, int result) {
    if (fault == Fault.ID_NEVER) {
      return 0;
    }
    if (result == 0 || result == space) {
      return result;
    }
    ids[result] = fault == Fault.ID_TWICE ? ids[result - 1] : NEVER_GIVEN;
    return result + 1;
  }
}
