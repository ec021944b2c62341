package org.patchbay.frontend.offload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;

/**
 * A guest for tests: two adjoining regions of memory besides the scratch memory, and the packets in
 * its ring, which {@link #peek} shows until they are taken.
 */
final class Guest implements BufferAccess {

  static final long BASE = 0x10_0000;
  private static final int REGION = 4 << 20;

  /** The same for all guests, one after the other: there are thousands. */
  private static final MemorySegment BYTES = Arena.global().allocate(2L * REGION, 4096);

  /**
   * A packet of the guest's.
   *
   * @param id its transmit id
   * @param frame what the guest wrote
   * @param addresses where its pieces lie
   * @param lengths of the pieces
   */
  record Packet(
      int id, int flags, byte[] frame, long[] addresses, int[] lengths, int segmentSize, int vlan) {
    int length() {
      return frame.length;
    }
  }

  final List<Packet> ring = new ArrayList<>();
  private final GuestMemory memory;
  private long next = BASE;

  Guest(GuestRegion scratch) {
    memory =
        new GuestMemory(
            List.of(
                new GuestRegion(BASE, BYTES.asSlice(0, REGION)),
                new GuestRegion(BASE + REGION, BYTES.asSlice(REGION, REGION)),
                scratch));
  }

  /** Queues a packet in one piece. */
  void send(int id, int flags, byte[] frame, int segmentSize) {
    send(id, flags, frame, segmentSize, Vlan.NONE, new int[] {frame.length});
  }

  /** Queues a packet in random pieces, some of them empty. */
  void sendScattered(
      Random random, int id, int flags, byte[] frame, int segmentSize, int vlan, int most) {
    int[] lengths = new int[1 + random.nextInt(most)];
    int left = frame.length;
    for (int i = 0; i < lengths.length - 1; i++) {
      lengths[i] = random.nextInt(8) == 0 ? 0 : random.nextInt(left / 2 + 1);
      left -= lengths[i];
    }
    lengths[lengths.length - 1] = left;
    send(id, flags, frame, segmentSize, vlan, lengths);
  }

  /** Queues a packet in pieces of these lengths. */
  void send(int id, int flags, byte[] frame, int segmentSize, int vlan, int[] lengths) {
    long[] addresses = new long[lengths.length];
    int done = 0;
    for (int i = 0; i < lengths.length; i++) {
      addresses[i] = next;
      MemorySegment part = MemorySegment.ofArray(frame).asSlice(done, lengths[i]);
      if (!memory.write(next, part, 0, lengths[i])) {
        throw new AssertionError("the test's guest memory is full");
      }
      done += lengths[i];
      next += lengths[i] + 1; // odd addresses, too
    }
    ring.add(new Packet(id, flags, frame, addresses, lengths, segmentSize, vlan));
  }

  /** Moves to where the next packet lies over the border of the two regions. */
  void goToBorder(int before) {
    next = BASE + REGION - before;
  }

  /** Goes back to the start of memory; what was sent must be gone. */
  void reuseMemory() {
    next = BASE;
  }

  /** Shows what is in the ring, as far as it fits. */
  TxBatch peek(TxBatch batch) {
    batch.clear();
    for (Packet packet : ring) {
      int count = packet.lengths.length;
      if (batch.packetCount() == batch.maxPackets() || batch.remainingSegments() < count) {
        break;
      }
      batch.addPacket(
          packet.id, count, packet.flags, packet.length(), packet.addresses[0], packet.lengths[0]);
      for (int i = 1; i < count; i++) {
        batch.addSegment(packet.addresses[i], packet.lengths[i]);
      }
      // Lengths that are wrong on purpose: the packet's own count.
      batch.setOffload(99, 999, 99, 9999, packet.segmentSize);
      if (Vlan.isPresent(packet.vlan)) {
        batch.setVlan(packet.vlan);
      }
    }
    return batch;
  }

  @Override
  public GuestMemory guestMemory() {
    return memory;
  }

  // This guest only transmits.

  @Override
  public int capacity(int id) {
    return NOT_POSTED;
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments segments) {
    return NOT_POSTED;
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments) {
    return NOT_POSTED;
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    return NOT_POSTED;
  }

  @Override
  public int writeMetadata(int id, RxMetadata metadata) {
    return NOT_POSTED;
  }

  @Override
  public int writePacket(int id, RxMetadata metadata, TxBatch batch, int packet) {
    return NOT_POSTED;
  }
}
