package org.patchbay.vhostuser.ring;

import org.patchbay.api.Ethernet;
import org.patchbay.api.TxBatch;

/**
 * What the guest has queued for transmission in one virtqueue: chains read, their virtio-net
 * headers taken off and understood, as packets of a batch. A packet's bytes stay where they are.
 *
 * <pre>
 *     retired               accepted                     gathered
 *   ... | in flight, or done | to be shown (again)        |
 * </pre>
 *
 * <p>Worker only.
 */
final class TransmitSide {

  /** Longest frame: Ethernet, two VLAN tags, an IPv6 header and its largest payload. */
  static final int LONGEST_FRAME = Ethernet.HEADER_LENGTH + 2 * 4 + 40 + 65535;

  private static final int SHORTEST_FRAME = Ethernet.HEADER_LENGTH;
  private static final int FLAGS_AND_TYPE = 0xffff;

  private final Virtqueue queue;
  private final Chains chains;
  private final RingCounters counters;
  private final OffloadRequest request;
  private final int headerLength;
  private final int firstId;

  // Per slot: what the header asks for.
  private final int[] flags;
  private final long[] lengths;

  private int accepted;

  /** Kept so that the compiler does not leave out what only touches memory. */
  private int touched;

  TransmitSide(Virtqueue queue, long features, int firstId, RingCounters counters) {
    this.queue = queue;
    this.counters = counters;
    this.firstId = firstId;
    chains = queue.chains;
    headerLength = NetHeader.length(features);
    request = new OffloadRequest(features);
    flags = new int[chains.window];
    lengths = new long[chains.window];
    accepted = chains.gathered;
  }

  Virtqueue queue() {
    return queue;
  }

  /** Whether packets were read that were not accepted. */
  boolean hasPending() {
    return accepted != chains.gathered;
  }

  /** Shows what is queued, without taking it. */
  int peek(TxBatch batch) {
    gather(batch.maxPackets());
    dropBadInFront();
    return fill(batch);
  }

  /** Takes and drops all that is queued, at most one batch of it. */
  void dropAll(int most) {
    gather(most);
    while (accepted != chains.gathered) {
      drop(Cause.RING_DISABLED);
    }
  }

  private void gather(int wanted) {
    int pending = chains.gathered - accepted;
    if (pending < wanted) {
      int first = chains.gathered;
      int count = queue.gather(wanted - pending);
      if (count > 0 && request.isPossible()) {
        readHeaders(first, count);
      } else if (count > 0) {
        skipHeaders(first, count);
      }
    }
  }

  /** The second loop: the headers of what was gathered. Most ask for nothing. */
  private void readHeaders(int first, int count) {
    int[] length = chains.length;
    int[] segments = chains.segments;
    long[] nativeAddress = chains.nativeAddress;
    int mask = chains.mask;
    int shortest = headerLength + SHORTEST_FRAME;
    int longest = headerLength + LONGEST_FRAME;
    for (int i = 0; i < count; i++) {
      int slot = first + i & mask;
      int bytes = length[slot];
      if (segments[slot] == 0
          && bytes >= shortest
          && bytes <= longest
          && (NativeMemory.getInt(nativeAddress[slot]) & FLAGS_AND_TYPE) == 0) {
        flags[slot] = 0;
      } else if (bytes >= 0) {
        readHeader(slot, bytes - headerLength);
      }
    }
  }

  /**
   * The second loop for guests that can ask for nothing: their headers, which may lie in a cache
   * line of their own, stay unread. The frames' first bytes are touched instead, all of a batch
   * close together, so that the waits for the lines that the guest has written overlap.
   */
  private void skipHeaders(int first, int count) {
    int[] length = chains.length;
    int[] segments = chains.segments;
    long[] nativeAddress = chains.nativeAddress;
    int mask = chains.mask;
    int header = headerLength;
    int shortest = header + SHORTEST_FRAME;
    int longest = header + LONGEST_FRAME;
    int sum = 0;
    for (int i = 0; i < count; i++) {
      int slot = first + i & mask;
      int bytes = length[slot];
      if (segments[slot] == 0 && bytes >= shortest && bytes <= longest) {
        sum += NativeMemory.getByte(nativeAddress[slot] + header);
      } else if (bytes >= 0) {
        readHeader(slot, bytes - header);
      }
    }
    touched = sum;
  }

  private void readHeader(int slot, int frame) {
    int result;
    if (frame < 0) {
      result = Cause.SHORTER_THAN_HEADER.code();
    } else if (frame < SHORTEST_FRAME) {
      result = Cause.FRAME_TOO_SHORT.code();
    } else if (frame > LONGEST_FRAME) {
      result = Cause.FRAME_TOO_LONG.code();
    } else if (chains.segmentCount(slot) > TxBatch.MAX_SEGMENTS + 1) {
      result = Cause.TOO_MANY_SEGMENTS.code();
    } else {
      result = request.isPossible() ? request.read(chains, slot, headerLength) : 0;
    }
    if (result < 0) {
      chains.length[slot] = result;
    } else {
      flags[slot] = result;
      lengths[slot] = request.lengths();
    }
  }

  private void dropBadInFront() {
    while (accepted != chains.gathered && chains.length[accepted & chains.mask] < 0) {
      drop(Cause.ofCode(chains.length[accepted & chains.mask]));
    }
  }

  private void drop(Cause cause) {
    counters.drop(cause);
    int slot = accepted & chains.mask;
    accepted++;
    queue.completeEmpty(slot);
  }

  /** The third loop: slots into the batch, up to the first that is bad. */
  private int fill(TxBatch batch) {
    int[] length = chains.length;
    int[] segments = chains.segments;
    long[] guestAddress = chains.guestAddress;
    int[] asks = flags;
    int mask = chains.mask;
    int end = chains.gathered;
    int header = headerLength;
    int count = 0;
    for (int i = accepted; i != end; i++) {
      int slot = i & mask;
      int bytes = length[slot] - header;
      boolean added;
      if ((asks[slot] | segments[slot]) == 0 && bytes > 0) {
        added = batch.addPacket(firstId + slot, 1, 0, bytes, guestAddress[slot] + header, bytes);
      } else {
        added = bytes > 0 && add(batch, slot, bytes);
      }
      if (!added) {
        break;
      }
      count++;
    }
    return count;
  }

  /** Adds a packet of several segments or with a request. */
  private boolean add(TxBatch batch, int slot, int bytes) {
    int pieces = chains.segmentCount(slot);
    int skip = headerLength;
    int from = 0;
    while (chains.segmentLength(slot, from) <= skip) {
      skip -= chains.segmentLength(slot, from);
      from++;
    }
    int count = pieces - from;
    if (count > TxBatch.MAX_SEGMENTS) {
      chains.length[slot] = Cause.TOO_MANY_SEGMENTS.code();
      return false;
    }
    if (count > batch.remainingSegments()
        || !batch.addPacket(
            firstId + slot,
            count,
            flags[slot],
            bytes,
            chains.segmentAddress(slot, from) + skip,
            chains.segmentLength(slot, from) - skip)) {
      return false;
    }
    if (flags[slot] != 0) {
      OffloadRequest.set(batch, lengths[slot]);
    }
    for (int piece = from + 1; piece < pieces; piece++) {
      batch.addSegment(chains.segmentAddress(slot, piece), chains.segmentLength(slot, piece));
    }
    return true;
  }

  /** Takes the first packets that were shown. */
  void accept(int count) {
    accepted += count;
  }

  /** Gives packets back to the guest. */
  void complete(int[] ids, int count) {
    queue.complete(ids, count, firstId);
  }

  /** Puts back what was not accepted. */
  void untake() {
    queue.untake();
    accepted = chains.gathered;
  }
}
