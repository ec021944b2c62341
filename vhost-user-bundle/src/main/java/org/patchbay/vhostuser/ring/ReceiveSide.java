package org.patchbay.vhostuser.ring;

/**
 * The chains that the guest posted in one virtqueue for frames to be received. Two ways lead from
 * chains to buffers: {@link DirectReceive}, a chain a buffer, and {@link MergingReceive}, for
 * guests whose chains are smaller than a frame.
 *
 * <p>Worker only.
 */
abstract sealed class ReceiveSide permits DirectReceive, MergingReceive {

  final Virtqueue queue;
  final Chains chains;

  /** What backends were lent last. */
  ReceiveBuffers buffers;

  final RingCounters counters;
  final int firstId;
  final int headerLength;
  final int frameSize;
  final long features;

  ReceiveSide(
      Virtqueue queue,
      ReceiveBuffers buffers,
      int frameSize,
      long features,
      int firstId,
      RingCounters counters) {
    this.queue = queue;
    this.buffers = buffers;
    this.frameSize = frameSize;
    this.features = features;
    this.firstId = firstId;
    this.counters = counters;
    chains = queue.chains;
    headerLength = NetHeader.length(features);
  }

  /** Takes what the guest posted since the last time. */
  abstract int take(int[] ids, int space);

  /** Hands frames to the guest; answers their bytes. */
  abstract long deliver(int[] ids, int count);

  /** Gets buffers back whose frames are forgotten. */
  abstract void discard(int[] ids, int count);

  /** Whether buffers could be taken that are not new from the guest. */
  abstract boolean hasBuffersAgain();

  /** Whether the guest has posted something that could be taken now. */
  boolean hasMore() {
    return queue.hasMore();
  }

  /** Puts everything back that was not given back to the guest. */
  abstract void untake();
}
