package org.patchbay.vhostuser.ring;

import org.jspecify.annotations.Nullable;

/**
 * The device's side of one virtqueue. Reads chains of descriptors into {@link Chains} and gives
 * them back; what the chains mean is its user's matter.
 *
 * <p>Chains are given back in the order of their completion, or, with VIRTIO_F_IN_ORDER, in that of
 * their availability: one that is done early waits for those before it.
 *
 * <p>Worker only.
 */
abstract sealed class Virtqueue permits SplitVirtqueue, PackedVirtqueue {

  /** Descriptor flag: the chain goes on. */
  static final int NEXT = 1;

  /** Descriptor flag: for the device to write. */
  static final int WRITE = 2;

  /** Descriptor flag: a table of descriptors. */
  static final int INDIRECT = 4;

  /** Bytes of a descriptor. */
  static final int DESCRIPTOR = 16;

  final VirtqueueLayout layout;

  /** Where the guest's addresses lie; replaced by a wider one only while the worker rests. */
  GuestMap map;

  final Chains chains;

  /** WRITE on the receive side, 0 on the transmit side: what each descriptor must have. */
  final int direction;

  final boolean indirect;
  final boolean eventIndex;
  final boolean inOrder;

  /** A run of chains may be put as the last one alone: in order, and with no lengths to tell. */
  final boolean putsLastOfRun;

  private @Nullable String fault;

  Virtqueue(VirtqueueLayout layout, GuestMap map, boolean transmit, long features) {
    this.layout = layout;
    this.map = map;
    chains = new Chains(layout.size());
    direction = transmit ? 0 : WRITE;
    indirect = Features.has(features, Features.INDIRECT_DESC);
    eventIndex = Features.has(features, Features.EVENT_IDX);
    inOrder = Features.has(features, Features.IN_ORDER);
    putsLastOfRun = inOrder && transmit;
  }

  /** Makes the kind of ring that was negotiated. */
  static Virtqueue of(VirtqueueLayout layout, GuestMap map, boolean transmit, long features) {
    return Features.has(features, Features.RING_PACKED)
        ? new PackedVirtqueue(layout, map, transmit, features)
        : new SplitVirtqueue(layout, map, transmit, features);
  }

  /**
   * Reads chains that the guest made available, into the slots from {@link Chains#gathered} on; a
   * bad one, too, with its cause as length.
   *
   * @param limit most that are wanted
   * @return how many were read; none any more once the ring is broken
   */
  abstract int gather(int limit);

  /** Whether the guest has made something available that was not read, with a fresh look. */
  abstract boolean hasMore();

  /** Writes a chain with its {@link Chains#usedLength} as used; seen by the guest at publish. */
  abstract void putUsed(int slot);

  /** The same for chains that follow one another, by sequence number; at least one. */
  abstract void putUsedRun(int first, int count);

  /**
   * Shows the guest all that was put since the last time.
   *
   * @return whether the guest wants to be notified of it
   */
  abstract boolean publish();

  /** Whether something was put and not published. */
  abstract boolean hasUnpublished();

  /** Asks the guest to notify of what it makes available from now on. */
  abstract void enableKicks();

  /** Tells the guest that notifications are not needed. */
  abstract void disableKicks();

  /** Goes back by a chain that was read last, so that it is read again. */
  abstract void rewind(int slot);

  /** Where to go on, as for VHOST_USER_GET_VRING_BASE; meaningful when nothing is outstanding. */
  abstract int base();

  /** Describes the indices for an operator. */
  abstract String position();

  /** Gives chains back: ids from {@code firstId} are their slots. */
  final void complete(int[] ids, int count, int firstId) {
    int run = runOf(ids, count, firstId);
    if (run > 0) {
      int first = chains.retired;
      chains.retire(run);
      putUsedRun(first, run);
    }
    if (run < count) {
      completeScattered(ids, run, count, firstId);
    } else if (chains.isOldestDone()) {
      putDone();
    }
  }

  /** How many of the ids are those of the oldest chains, in their order: all, as a rule. */
  private int runOf(int[] ids, int count, int firstId) {
    int mask = chains.mask;
    int oldest = chains.retired;
    int run = 0;
    while (run < count && (ids[run] - firstId & mask) == (oldest + run & mask)) {
      run++;
    }
    return run;
  }

  private void completeScattered(int[] ids, int from, int count, int firstId) {
    for (int i = from; i < count; i++) {
      int slot = ids[i] - firstId & chains.mask;
      chains.state[slot] = Chains.DONE;
      if (!inOrder) {
        putUsed(slot);
      }
    }
    putDone();
  }

  /** Gives one chain back with nothing in it. */
  final void completeEmpty(int slot) {
    chains.usedLength[slot] = 0;
    chains.state[slot] = Chains.DONE;
    if (!inOrder) {
      putUsed(slot);
    }
    putDone();
  }

  /** Gives up the slots of the oldest chains that are done; in order, they are put only now. */
  private void putDone() {
    if (inOrder) {
      int end = chains.gathered;
      for (int i = chains.retired; i != end && chains.state[i & chains.mask] == Chains.DONE; i++) {
        putUsed(i & chains.mask);
      }
    }
    chains.retire();
  }

  /**
   * Stops: chains that were read and not given back are put back in the order of the ring, to be
   * read again later. One before a chain that was given back cannot be; it is completed with
   * nothing in it.
   */
  final void untake() {
    int last = chains.retired - 1;
    for (int i = chains.retired; i != chains.gathered; i++) {
      if (chains.state[i & chains.mask] == Chains.DONE) {
        last = i;
      }
    }
    for (int i = chains.retired; i - last <= 0; i++) {
      int slot = i & chains.mask;
      boolean done = chains.state[slot] == Chains.DONE;
      if (!done) {
        chains.usedLength[slot] = 0;
        chains.state[slot] = Chains.DONE;
      }
      if (!done || inOrder) {
        putUsed(slot);
      }
    }
    chains.retire();
    while (chains.gathered != chains.retired) {
      int slot = chains.gathered - 1 & chains.mask;
      rewind(slot);
      chains.dropLast();
    }
  }

  /** Gives the ring up. */
  final void fail(String what) {
    if (fault == null) {
      fault = what;
    }
  }

  /** What the guest did to the ring, or null while it is whole. */
  final @Nullable String fault() {
    return fault;
  }
}
