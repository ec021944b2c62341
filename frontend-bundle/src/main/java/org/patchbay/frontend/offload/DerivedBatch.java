package org.patchbay.frontend.offload;

import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;

/**
 * The batch that a queue is offered in place of the guest's: untouched packets as they are, and
 * derived ones. What is added is not yet anybody's: ids are taken when the queue has accepted.
 */
final class DerivedBatch {

  /** Answer of {@link #add}: added. */
  static final int ADDED = 0;

  /** Answer of {@link #add}: no room, or no id, in this batch. */
  static final int FULL = 1;

  /** Answer of {@link #add}: the packet would have more segments than a packet can have. */
  static final int TOO_SCATTERED = 2;

  private final int maxSegments;
  private final ScratchMemory scratch;
  private final DerivedIds ids;
  private final boolean[] derived;
  private TxBatch batch;
  private int derivedCount;
  private boolean outOfIds;

  /**
   * @param packets how many fit
   * @param segments how many segments a batch of the guest's has at most
   */
  DerivedBatch(int packets, int segments, ScratchMemory scratch, DerivedIds ids) {
    // Each derived packet has its headers as a segment of their own.
    this.maxSegments = Math.max(segments, TxBatch.MAX_SEGMENTS) + packets;
    this.scratch = scratch;
    this.ids = ids;
    derived = new boolean[packets];
    batch = new TxBatch(packets, maxSegments);
  }

  /** The batch to offer. */
  TxBatch batch() {
    return batch;
  }

  /** Takes a fresh batch, as a stuck call still has the present one. */
  void abandon() {
    batch = new TxBatch(derived.length, maxSegments);
  }

  void clear() {
    batch.clear();
    derivedCount = 0;
    outOfIds = false;
  }

  /** How many packets there are. */
  int count() {
    return batch.packetCount();
  }

  /** Whether a packet is a derived one. */
  boolean isDerived(int packet) {
    return derived[packet];
  }

  /** Whether {@link #add} found no id left. */
  boolean isOutOfIds() {
    return outOfIds;
  }

  /**
   * Adds a packet of the guest's as it is.
   *
   * @param flags what the backend is asked for
   * @return false if there is no room
   */
  boolean copy(TxBatch guest, int packet, int flags) {
    int first = guest.firstSegment(packet);
    int end = guest.endSegment(packet);
    if (batch.packetCount() == derived.length || batch.remainingSegments() < end - first) {
      return false;
    }
    derived[batch.packetCount()] = false;
    batch.addPacket(
        guest.id(packet),
        guest.declaredSegments(packet),
        flags,
        guest.length(packet),
        guest.segmentAddress(first),
        guest.segmentLength(first));
    for (int i = first + 1; i < end; i++) {
      batch.addSegment(guest.segmentAddress(i), guest.segmentLength(i));
    }
    if (guest.hasVlan()) {
      batch.setOffload(
          guest.l2Length(packet),
          guest.l3Length(packet),
          guest.l4Length(packet),
          guest.transportHeaderOffset(packet),
          guest.maxSegmentSize(packet));
      batch.setVlan(guest.vlan(packet));
    }
    return true;
  }

  /** Whether {@link #add} can take a packet with so many slices of guest memory. */
  int room(int slices) {
    if (slices >= TxBatch.MAX_SEGMENTS) {
      return TOO_SCATTERED;
    }
    if (derivedCount == ids.available()) {
      outOfIds = true;
      return FULL;
    }
    return batch.packetCount() == derived.length || batch.remainingSegments() <= slices
        ? FULL
        : ADDED;
  }

  /**
   * Adds a derived packet, for which there is {@link #room}.
   *
   * @param headers rewritten
   * @param headerLength how many bytes of the headers' memory the packet begins with
   * @param tag a VLAN to insert, or {@link Vlan#NONE}
   * @param guest the guest's batch
   * @param walk where in the guest's packet the payload begins; goes behind it
   * @param slices how many segments that is
   * @param payload its length in bytes
   * @param flags what is left to do for the backend
   * @return how many bytes the packet's headers have been moved by the tag
   */
  int add(
      FrameHeaders headers,
      int headerLength,
      int tag,
      TxBatch guest,
      SegmentWalk walk,
      int slices,
      int payload,
      int flags) {
    int place = ids.next(derivedCount);
    int held = scratch.put(place, headers.memory(), headerLength, tag);
    derived[batch.packetCount()] = true;
    batch.addPacket(ids.id(place), slices + 1, flags, held + payload, scratch.address(place), held);
    walk.append(guest, batch, payload);
    derivedCount++;
    return held - headerLength;
  }

  /** Sets what is left to do on the packet added last. */
  void setOffload(int l2Length, int l3Length, int l4Length, int transport, int segmentSize) {
    batch.setOffload(l2Length, l3Length, l4Length, transport, segmentSize);
  }

  /** Sets the VLAN metadata of the packet added last. */
  void setVlan(int vlan) {
    if (Vlan.isPresent(vlan)) {
      batch.setVlan(vlan);
    }
  }
}
