package org.patchbay.vhostuser.ring;

/** A chain a buffer: the buffer's id is the chain's slot. */
final class DirectReceive extends ReceiveSide {

  private final boolean mergeable;

  // Slots whose frames were forgotten, round and round.
  private final int[] again;
  private int againFirst;
  private int againCount;

  private boolean tooSmall;

  DirectReceive(
      Virtqueue queue,
      ReceiveBuffers buffers,
      int frameSize,
      long features,
      int firstId,
      RingCounters counters) {
    super(queue, buffers, frameSize, features, firstId, counters);
    mergeable = Features.has(features, Features.MRG_RXBUF);
    again = new int[chains.window];
    buffers.use(chains, features);
  }

  /** Whether the guest posts chains smaller than a frame, and none of the others is out. */
  boolean isToBeMerged() {
    return tooSmall && chains.gathered == chains.retired;
  }

  @Override
  int take(int[] ids, int space) {
    int count = againCount == 0 ? 0 : takeAgain(ids, space);
    if (count < space && !tooSmall) {
      int first = chains.gathered;
      int read = queue.gather(space - count);
      count = post(first, read, ids, count);
    }
    return count;
  }

  private int post(int first, int read, int[] ids, int already) {
    int[] length = chains.length;
    int mask = chains.mask;
    int header = headerLength;
    int least = mergeable ? header + frameSize : header + 1;
    int count = already;
    for (int i = 0; i < read; i++) {
      int slot = first + i & mask;
      if (length[slot] >= least) {
        buffers.post(slot);
        ids[count++] = firstId + slot;
      } else if (length[slot] > header && mergeable) {
        tooSmall = true;
        giveUp(first + i);
        break;
      } else {
        int bytes = length[slot];
        counters.drop(bytes < 0 ? Cause.ofCode(bytes) : Cause.SHORTER_THAN_HEADER);
        queue.completeEmpty(slot);
      }
    }
    return count;
  }

  /** Puts chains from one on back into the ring. */
  private void giveUp(int from) {
    while (chains.gathered != from) {
      queue.rewind(chains.gathered - 1 & chains.mask);
      chains.dropLast();
    }
  }

  private int takeAgain(int[] ids, int space) {
    int count = Math.min(space, againCount);
    for (int i = 0; i < count; i++) {
      int slot = again[againFirst + i & chains.mask];
      buffers.post(slot);
      ids[i] = firstId + slot;
    }
    againFirst += count;
    againCount -= count;
    return count;
  }

  @Override
  long deliver(int[] ids, int count) {
    int[] usedLength = chains.usedLength;
    int[] told = buffers.told();
    int mask = chains.mask;
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      int slot = ids[i] - firstId & mask;
      int used = told[slot];
      int length = used - headerLength;
      if (length <= 0) {
        counters.drop(Cause.NO_FRAME);
        used = 0;
        length = 0;
      } else if (buffers.isUnsettled(slot)) {
        buffers.settle(slot);
      }
      usedLength[slot] = used;
      bytes += length;
      buffers.withdraw(slot);
    }
    queue.complete(ids, count, firstId);
    return bytes;
  }

  @Override
  void discard(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      int slot = ids[i] - firstId & chains.mask;
      buffers.withdraw(slot);
      if (queue.inOrder) {
        // Posted again it would be behind younger ones, and hold them back.
        counters.drop(Cause.NO_FRAME);
        queue.completeEmpty(slot);
      } else {
        again[againFirst + againCount++ & chains.mask] = slot;
      }
    }
  }

  @Override
  boolean hasBuffersAgain() {
    return againCount > 0;
  }

  @Override
  boolean hasMore() {
    return (!tooSmall || isToBeMerged()) && super.hasMore();
  }

  @Override
  void untake() {
    againCount = 0;
    buffers.withdrawAll();
    queue.untake();
  }
}
