package org.patchbay.vhostuser.ring;

/**
 * Buffers of our own for guests whose chains are smaller than a frame, with VIRTIO_NET_F_MRG_RXBUF.
 * A frame is copied from its buffer over as many chains as it fills, when it is delivered; until
 * then no chain belongs to any buffer, so that the ring's order is kept and a short frame takes no
 * more than it needs.
 *
 * <p>There are never more buffers out than the chains at hand can take, each with the longest
 * frame. Frames that turn out shorter can only leave more room to those after them.
 */
final class MergingReceive extends ReceiveSide {

  private final OwnBuffers own;
  private int out;

  /** Something changed since no more buffers could be given out. */
  private boolean lookAgain = true;

  MergingReceive(DirectReceive before, OwnBuffers own) {
    super(
        before.queue,
        before.buffers,
        before.frameSize,
        before.features,
        before.firstId,
        before.counters);
    this.own = own;
    own.reset();
    buffers.use(own.chains, features);
  }

  @Override
  int take(int[] ids, int space) {
    int read = queue.gather(chains.window);
    if (read == 0 && !lookAgain) {
      return 0;
    }
    int most = Math.min(space, own.freeCount());
    int count = Math.min(most, framesThatFit(out + most) - out);
    for (int i = 0; i < count; i++) {
      int slot = own.take();
      buffers.post(slot);
      ids[i] = firstId + slot;
    }
    if (count > 0) {
      out += count;
    }
    lookAgain = count > 0;
    return Math.max(0, count);
  }

  /** How many frames of the largest size the chains at hand take, not counting beyond a limit. */
  private int framesThatFit(int limit) {
    int needed = headerLength + frameSize;
    int frames = 0;
    long sum = 0;
    for (int i = chains.retired; i != chains.gathered && frames < limit; i++) {
      int bytes = chains.length[i & chains.mask];
      sum = bytes < 0 ? 0 : sum + bytes;
      if (sum >= needed) {
        frames++;
        sum = 0;
      }
    }
    return frames;
  }

  @Override
  long deliver(int[] ids, int count) {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      int slot = ids[i] - firstId;
      int told = buffers.told()[slot];
      if (told <= headerLength) {
        counters.drop(Cause.NO_FRAME);
      } else {
        if (buffers.isUnsettled(slot)) {
          buffers.settle(slot);
        }
        bytes += spread(slot, told);
      }
    }
    giveBack(ids, count);
    return bytes;
  }

  /** Copies a frame with its header over chains; answers the frame's bytes. */
  private int spread(int slot, int length) {
    int needed = chainsFor(length);
    if (needed == 0) {
      counters.drop(Cause.NO_ROOM);
      return 0;
    }
    long from = own.chains.nativeAddress[slot];
    NativeMemory.putShort(from + NetHeader.BUFFERS, needed);
    int done = 0;
    for (int i = 0; i < needed; i++) {
      int target = chains.retired + i & chains.mask;
      int part = Math.min(chains.length[target], length - done);
      chains.write(target, 0, NativeMemory.ALL, from + done, part);
      chains.usedLength[target] = part;
      chains.state[target] = Chains.DONE;
      queue.putUsed(target);
      done += part;
    }
    chains.retire();
    return length - headerLength;
  }

  /**
   * How many of the next chains a frame fills; 0 if they don't hold it. A frame's chains follow one
   * another, so those before a bad one that do not suffice go back to the guest with it.
   */
  private int chainsFor(int length) {
    int room = 0;
    for (int i = chains.retired; i != chains.gathered; i++) {
      int bytes = chains.length[i & chains.mask];
      if (bytes < 0) {
        giveBackEmpty(i);
        room = 0;
      } else {
        room += bytes;
        if (room >= length) {
          return i - chains.retired + 1;
        }
      }
    }
    return 0;
  }

  /** Gives chains back with nothing in them, up to a bad one. */
  private void giveBackEmpty(int last) {
    int count = last - chains.retired + 1;
    for (int i = 0; i < count; i++) {
      int slot = chains.retired & chains.mask;
      int bytes = chains.length[slot];
      counters.drop(bytes < 0 ? Cause.ofCode(bytes) : Cause.NO_FRAME);
      queue.completeEmpty(slot);
    }
  }

  @Override
  void discard(int[] ids, int count) {
    giveBack(ids, count);
  }

  private void giveBack(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      int slot = ids[i] - firstId;
      buffers.withdraw(slot);
      own.giveBack(slot);
    }
    out -= count;
    lookAgain = true;
  }

  @Override
  boolean hasBuffersAgain() {
    return lookAgain && own.freeCount() > 0 && framesThatFit(out + 1) > out;
  }

  @Override
  void untake() {
    out = 0;
    lookAgain = true;
    own.reset();
    buffers.withdrawAll();
    queue.untake();
  }
}
