package org.patchbay.frontend.offload;

import org.patchbay.api.Ethernet;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.Vlan;

/** What is done to one packet of the guest's: what its endpoint lacks, in software. */
final class Treatment {

  /** Answer of {@link #apply}: all that is derived of the packet was added. */
  static final int DONE = 0;

  /** Answer of {@link #apply}: there was no room for all of it. */
  static final int FULL = 1;

  /** Answer of {@link #apply}: the packet is not what its flags say; nothing more was added. */
  static final int BAD = 2;

  private static final int TRANSPORT_CHECKSUMS =
      TxFlags.OFFLOAD_TCP_CHECKSUM | TxFlags.OFFLOAD_UDP_CHECKSUM;
  private static final int IP_VERSION = TxFlags.IPV4 | TxFlags.IPV6;

  private final DerivedBatch derived;
  private final FrameHeaders headers = new FrameHeaders();
  private final SegmentWalk walk = new SegmentWalk();

  // What endpoint and packet have in common during one call.
  private int lacking;
  private int insertedTag;
  private int carriedTag;

  Treatment(DerivedBatch derived) {
    this.derived = derived;
  }

  /** Sets which flags of {@link TxFlags} have to be done here. */
  void setLacking(int flags) {
    lacking = flags;
  }

  /**
   * Adds what is derived of a packet.
   *
   * @param work the packet's flags that are to be done here; 0 if only a tag is
   * @param insertsTag whether its VLAN goes into the frame
   * @param index how many of its segments are done already
   */
  int apply(
      TxBatch batch, int packet, int work, boolean insertsTag, int index, GuestMemory memory) {
    int flags = batch.flags(packet);
    int vlan = batch.vlan(packet);
    insertedTag = insertsTag ? vlan : Vlan.NONE;
    carriedTag = insertsTag ? Vlan.NONE : vlan;
    if (!headers.read(batch, packet, memory)
        || headers.present() < Ethernet.HEADER_LENGTH
        || work != 0 && !headers.find(flags)) {
      return BAD;
    }
    if ((work & TxFlags.ANY_SEGMENTATION) == 0) {
      // A packet of which segments were sent asks for segments, unless its guest changed it.
      return index == 0 ? addWhole(batch, packet, work, memory) : BAD;
    }
    int size = batch.maxSegmentSize(packet);
    int payload = batch.length(packet) - headers.end();
    if (!headers.allowsSegments(Math.min(size, payload))) {
      return BAD;
    }
    if (payload <= size && index == 0) {
      headers.completeSingle();
      int transport = headers.isTcp() ? TxFlags.OFFLOAD_TCP_CHECKSUM : TxFlags.OFFLOAD_UDP_CHECKSUM;
      return addWhole(batch, packet, work | transport, memory);
    }
    return size == 0 ? BAD : addSegments(batch, packet, size, payload, index, memory);
  }

  private int addWhole(TxBatch batch, int packet, int work, GuestMemory memory) {
    int length = batch.length(packet);
    if ((work & TxFlags.OFFLOAD_IPV4_HEADER_CHECKSUM) != 0 && headers.isIpv4()) {
      headers.writeHeaderChecksum();
    }
    if ((work & TRANSPORT_CHECKSUMS) != 0) {
      int payload = headers.payloadLength();
      walk.start(batch, packet, headers.end());
      headers.writeTransportChecksum(payload, walk.sum(batch, memory, payload));
    }
    int copied = length;
    if (length > headers.present()) {
      copied = work == 0 ? Ethernet.HEADER_LENGTH : headers.end();
    }
    walk.start(batch, packet, copied);
    int slices = walk.count(batch, length - copied);
    int room = derived.room(slices);
    if (room != DerivedBatch.ADDED) {
      return room == DerivedBatch.FULL ? FULL : BAD;
    }
    int left = batch.flags(packet) & ~(work | lacking);
    int moved =
        derived.add(headers, copied, insertedTag, batch, walk, slices, length - copied, left);
    if ((left & TxFlags.ANY_OFFLOAD) != 0) {
      derived.setOffload(
          batch.l2Length(packet) + moved,
          batch.l3Length(packet),
          batch.l4Length(packet),
          batch.transportHeaderOffset(packet) + moved,
          batch.maxSegmentSize(packet));
    }
    derived.setVlan(carriedTag);
    return DONE;
  }

  private int addSegments(
      TxBatch batch, int packet, int size, int payload, int from, GuestMemory memory) {
    long done = (long) from * size;
    if (done >= payload) {
      return DONE;
    }
    int checksum = headers.isTcp() ? TxFlags.OFFLOAD_TCP_CHECKSUM : TxFlags.OFFLOAD_UDP_CHECKSUM;
    int left = checksum & ~lacking;
    int flags = left == 0 ? 0 : left | batch.flags(packet) & IP_VERSION;
    headers.prepareSegments();
    walk.start(batch, packet, headers.end() + (int) done);
    int offset = (int) done;
    for (int index = from; offset < payload; index++) {
      int part = Math.min(size, payload - offset);
      int slices = walk.count(batch, part);
      int room = derived.room(slices);
      if (room != DerivedBatch.ADDED) {
        return room == DerivedBatch.FULL ? FULL : BAD;
      }
      headers.writeSegment(index, offset, part, offset + part == payload);
      if (left == 0) {
        headers.writeSegmentChecksum(part, walk.sum(batch, memory, part));
      } else {
        headers.writeSegmentPseudoSum(part);
      }
      int moved =
          derived.add(headers, headers.end(), insertedTag, batch, walk, slices, part, flags);
      if (left != 0) {
        int l2Length = headers.l2Length() + moved;
        derived.setOffload(
            l2Length, headers.l3Length(), headers.l4Length(), l2Length + headers.l3Length(), 0);
      }
      derived.setVlan(carriedTag);
      offset += part;
    }
    return DONE;
  }
}
