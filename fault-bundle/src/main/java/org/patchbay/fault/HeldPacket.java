package org.patchbay.fault;

import org.patchbay.api.TxBatch;

/**
 * What a batch says of one packet, kept while the middleware holds the packet; its bytes stay where
 * they are in guest memory, which they may until it completes. One thread at a time.
 */
final class HeldPacket {

  private int id;
  private int copies;
  private int flags;
  private int length;
  private int declared;
  private int l2Length;
  private int l3Length;
  private int l4Length;
  private int transportOffset;
  private int maxSegmentSize;
  private int vlan;
  private boolean hasExtra;
  private int segments;
  private long[] addresses = new long[4];
  private int[] lengths = new int[4];

  /**
   * Takes a packet.
   *
   * @param times how often it goes on, 1 or 2
   */
  void fill(TxBatch batch, int packet, int times) {
    id = batch.id(packet);
    copies = times;
    flags = batch.flags(packet);
    length = batch.length(packet);
    declared = batch.declaredSegments(packet);
    hasExtra = batch.hasVlan(); // which also says whether there are offloads
    if (hasExtra) {
      l2Length = batch.l2Length(packet);
      l3Length = batch.l3Length(packet);
      l4Length = batch.l4Length(packet);
      transportOffset = batch.transportHeaderOffset(packet);
      maxSegmentSize = batch.maxSegmentSize(packet);
      vlan = batch.vlan(packet);
    }
    int first = batch.firstSegment(packet);
    segments = batch.endSegment(packet) - first;
    if (segments > addresses.length) {
      addresses = new long[segments];
      lengths = new int[segments];
    }
    for (int i = 0; i < segments; i++) {
      addresses[i] = batch.segmentAddress(first + i);
      lengths[i] = batch.segmentLength(first + i);
    }
  }

  /** The frontend's id. */
  int id() {
    return id;
  }

  /** One copy is done; true if it was the last. */
  boolean endsWithThisCopy() {
    return --copies == 0;
  }

  /**
   * Adds the packet to a batch.
   *
   * @param copy the id of this copy
   * @return false if the batch has no room; nothing was added
   */
  boolean addTo(TxBatch batch, int copy) {
    if (segments > batch.remainingSegments()
        || !batch.addPacket(copy, declared, flags, length, addresses[0], lengths[0])) {
      return false;
    }
    for (int i = 1; i < segments; i++) {
      boolean unused = batch.addSegment(addresses[i], lengths[i]);
    }
    if (hasExtra) {
      batch.setOffload(l2Length, l3Length, l4Length, transportOffset, maxSegmentSize);
      batch.setVlan(vlan);
    }
    return true;
  }
}
