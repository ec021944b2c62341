package org.patchbay.api;

/**
 * The answer of {@link Queue#txAvail} in one {@code int}, so that the packet path allocates
 * nothing.
 *
 * <pre>
 *   bit 31   30 .. 1             0
 *   +------+--------------------+------------------+
 *   | 0    | packets accepted   | 1 = all complete |   answers
 *   | 1    |    a failure code of Queue            |   failures
 *   +------+--------------------+------------------+
 * </pre>
 */
public final class TxResult {

  private TxResult() {}

  /** The first {@code packets} packets were accepted and are complete. */
  public static int complete(int packets) {
    return packets << 1 | 1;
  }

  /** The first {@code packets} packets were accepted; their ids come by {@link Queue#txPoll}. */
  public static int pending(int packets) {
    return packets << 1;
  }

  /** How many packets an answer accepts; meaningless for a failure. */
  public static int accepted(int result) {
    return result >> 1;
  }

  /** Whether the accepted packets are complete already; meaningless for a failure. */
  public static boolean isComplete(int result) {
    return (result & 1) != 0;
  }

  /** Whether the answer is a failure code. */
  public static boolean isFailure(int result) {
    return result < 0;
  }
}
