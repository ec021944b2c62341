package org.patchbay.tap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.patchbay.api.Ethernet;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;
import org.patchbay.linux.Errno;
import org.patchbay.linux.IoUring;
import org.patchbay.linux.IoVector;
import org.patchbay.linux.VirtioNetHeader;

/**
 * Writes packets to a TAP: small ones copied behind their headers, by one {@code write} each or all
 * by one batch of the ring; large ones straight from guest memory, with only their beginning
 * copied. Used by the queue's thread.
 */
final class FrameWriter {
  /** Fewer frames than these cost less, or as much, by single writes as by the ring. */
  private static final int MIN_BATCH = 4;

  /** How much of a large frame is copied, to be completed: more than any headers take. */
  private static final int COPIED_HEADERS = 512;

  private static final int TAG_OFFSET = 12;
  private static final int TAG_LENGTH = Ethernet.VLAN_HEADER_LENGTH - Ethernet.HEADER_LENGTH;
  private static final int MAX_SMALL =
      FrameMemory.WRITE_LENGTH - VirtioNetHeader.LENGTH - TAG_LENGTH;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int WRITTEN = 0;
  private static final int DROPPED = 1;
  private static final int BLOCKED = 2;
  private static final int GONE = 3;

  private final TapDevice device;
  private final MemorySegment memory;
  private final long base;
  private final OffloadHeader header = new OffloadHeader();
  private final IoVector vector = new IoVector(TxBatch.MAX_SEGMENTS + 1);
  private final int[] stagedPackets = new int[FrameMemory.WRITE_SLOTS];
  private final int[] stagedLengths = new int[FrameMemory.WRITE_SLOTS];
  private int staged;
  private int sent;
  private int tagged;
  private int dropped;
  private int firstRefused;
  private boolean gone;

  /** Written by the queue's thread; read by any for inspection. */
  private volatile int lastError;

  FrameWriter(TapDevice device) {
    this.device = device;
    this.memory = device.memory().segment();
    this.base = memory.address();
  }

  /**
   * Writes a batch until the descriptor would block.
   *
   * @return how many packets of the batch are done, written or dropped and counted; the rest was
   *     not touched. {@link #isGone()} says whether the interface is gone.
   */
  int write(GuestMemory guest, TxBatch batch, QueueStatistics statistics) {
    int count = batch.packetCount();
    sent = 0;
    tagged = 0;
    dropped = 0;
    staged = 0;
    firstRefused = count;
    int packet = 0;
    while (packet < count && add(guest, batch, packet)) {
      packet++;
    }
    if (firstRefused == count) {
      flush(batch);
    }
    statistics.addTxPackets(sent);
    if ((dropped | tagged) != 0) {
      statistics.addTxErrors(dropped);
      statistics.addTxVlanPackets(tagged);
    }
    return firstRefused;
  }

  /** Whether the interface was found to be gone. */
  boolean isGone() {
    return gone;
  }

  /** The errno for which a packet was last dropped, or 0. Any thread. */
  int lastError() {
    return lastError;
  }

  /** Takes one packet of the batch; false if no more can be taken. */
  private boolean add(GuestMemory guest, TxBatch batch, int packet) {
    boolean small = batch.length(packet) <= MAX_SMALL;
    if (staged == FrameMemory.WRITE_SLOTS && !flush(batch)) {
      return false;
    }
    if (small && stage(guest, batch, packet)) {
      return true;
    }
    // All that came before goes first, so that this packet is neither early nor counted twice.
    if (!flush(batch)) {
      return false;
    }
    if (small || !batch.isWellFormed(packet)) {
      dropped++;
      return true;
    }
    return conclude(writeLarge(guest, batch, packet), batch, packet);
  }

  /** Copies a small packet behind its header into the next slot; false if it is a bad one. */
  private boolean stage(GuestMemory guest, TxBatch batch, int packet) {
    long at = FrameMemory.writeSlot(staged);
    int tag = Vlan.isPresent(batch.vlan(packet)) ? TAG_LENGTH : 0;
    long frame = at + VirtioNetHeader.LENGTH;
    int length = batch.linearize(packet, guest, memory, frame + tag, MAX_SMALL);
    if (length < 0 || !complete(batch, packet, at, length + tag, length + tag)) {
      return false;
    }
    stagedPackets[staged] = packet;
    stagedLengths[staged] = VirtioNetHeader.LENGTH + length + tag;
    staged++;
    return true;
  }

  /**
   * Inserts the tag into a frame that was copied behind room for it, and writes the header.
   *
   * @param at where the header goes
   * @param present how many bytes of the frame, with its tag, are there
   * @param length the whole frame's, with its tag
   * @return false if the packet is a bad one
   */
  private boolean complete(TxBatch batch, int packet, long at, int present, int length) {
    int vlan = batch.vlan(packet);
    if (Vlan.isPresent(vlan)) {
      if (length < Ethernet.VLAN_HEADER_LENGTH) {
        return false;
      }
      long frame = at + VirtioNetHeader.LENGTH;
      MemorySegment.copy(memory, frame + TAG_LENGTH, memory, frame, TAG_OFFSET);
      memory.set(INT, frame + TAG_OFFSET, Vlan.ETHER_TYPE << 16 | vlan);
    }
    return header.write(
        memory, at, present, length, batch.flags(packet), batch.maxSegmentSize(packet));
  }

  /** Writes what is staged; false if some of it was refused. */
  private boolean flush(TxBatch batch) {
    int count = staged;
    staged = 0;
    IoUring ring = device.ring();
    if (count >= MIN_BATCH && ring != null) {
      return flushTo(ring, batch, count);
    }
    return flushSingly(batch, 0, count);
  }

  private boolean flushSingly(TxBatch batch, int from, int count) {
    for (int i = from; i < count; i++) {
      if (!conclude(writeSlot(i), batch, stagedPackets[i])) {
        return false;
      }
    }
    return true;
  }

  private int writeSlot(int slot) {
    return outcome(
        device
            .io()
            .write(device.descriptor(), base + FrameMemory.writeSlot(slot), stagedLengths[slot]));
  }

  private boolean flushTo(IoUring ring, TxBatch batch, int count) {
    for (int i = 0; i < count; i++) {
      ring.writeFixed(TapDevice.RING_FILE, base + FrameMemory.writeSlot(i), stagedLengths[i]);
    }
    if (ring.submit() != count) {
      // Whether the frames left is unknown; sending them again could double them.
      device.dropRing();
      dropped += count;
      return true;
    }
    if (ring.result(0) == -Errno.EOPNOTSUPP) {
      // A TAP before Linux 6.4: the ring wrote nothing.
      device.dropRing();
      return flushSingly(batch, 0, count);
    }
    int written = count;
    while (written > 0 && ring.result(written - 1) == -Errno.EAGAIN) {
      written--;
    }
    for (int i = 0; i < written; i++) {
      int outcome = outcome(ring.result(i));
      if (outcome == BLOCKED) {
        // A later frame was taken, so this one can't be refused any more: once again, or lost.
        outcome = writeSlot(i) == WRITTEN ? WRITTEN : DROPPED;
      }
      if (!conclude(outcome, batch, stagedPackets[i])) {
        return false;
      }
    }
    return written == count || refuse(stagedPackets[written]);
  }

  /** Writes a large packet from where it lies, behind a copy of its beginning. */
  private int writeLarge(GuestMemory guest, TxBatch batch, int packet) {
    long at = FrameMemory.writeSlot(0);
    int vlan = batch.vlan(packet);
    int tag = Vlan.isPresent(vlan) ? TAG_LENGTH : 0;
    long frame = at + VirtioNetHeader.LENGTH;
    int entries = gather(guest, batch, packet, frame + tag);
    if (entries < 0) {
      return writeScattered(guest, batch, packet);
    }
    int copied = COPIED_HEADERS + tag;
    int whole = batch.length(packet) + tag;
    if (!complete(batch, packet, at, copied, whole)) {
      return DROPPED;
    }
    vector.set(0, base + at, VirtioNetHeader.LENGTH + copied);
    return outcome(device.io().writev(device.descriptor(), vector, entries));
  }

  /**
   * Copies a large packet's beginning to {@code target} and puts the rest of its segments into the
   * vector from entry 1 on.
   *
   * @return how many entries the vector has, or -1 if a segment is not all within one region
   */
  private int gather(GuestMemory guest, TxBatch batch, int packet, long target) {
    int entries = 1;
    int copied = 0;
    int end = batch.endSegment(packet);
    for (int i = batch.firstSegment(packet); i < end; i++) {
      long address = batch.segmentAddress(i);
      int length = batch.segmentLength(i);
      int part = Math.min(length, COPIED_HEADERS - copied);
      if (!guest.read(address, memory, target + copied, part)) {
        return -1;
      }
      copied += part;
      if (part < length) {
        long from = guest.nativeAddress(address + part, length - part);
        if (from == 0) {
          return -1;
        }
        vector.set(entries++, from, length - part);
      }
    }
    return entries;
  }

  /** Writes a large packet with a segment over the border of two regions, or drops a bad one. */
  private int writeScattered(GuestMemory guest, TxBatch batch, int packet) {
    long at = FrameMemory.LARGE_WRITE_SLOT;
    int tag = Vlan.isPresent(batch.vlan(packet)) ? TAG_LENGTH : 0;
    long frame = at + VirtioNetHeader.LENGTH;
    int space = FrameMemory.LARGE_WRITE_LENGTH - VirtioNetHeader.LENGTH - tag;
    int length = batch.linearize(packet, guest, memory, frame + tag, space);
    if (length < 0 || !complete(batch, packet, at, length + tag, length + tag)) {
      return DROPPED;
    }
    return outcome(
        device.io().write(device.descriptor(), base + at, VirtioNetHeader.LENGTH + length + tag));
  }

  private int outcome(long result) {
    if (result >= 0) {
      return WRITTEN;
    }
    int errno = (int) -result;
    return switch (errno) {
      case Errno.EAGAIN -> BLOCKED;
      case Errno.EBADFD, Errno.EBADF, Errno.ENODEV, Errno.ENXIO -> GONE;
      default -> {
        // EIO while the interface is down, EINVAL for what the kernel does not take.
        lastError = errno;
        yield DROPPED;
      }
    };
  }

  /** Counts what became of a packet; false if it was refused. */
  private boolean conclude(int outcome, TxBatch batch, int packet) {
    switch (outcome) {
      case WRITTEN -> {
        sent++;
        // Vlan.NONE is the only negative value.
        tagged += (batch.vlan(packet) >>> 31) ^ 1;
        return true;
      }
      case DROPPED -> {
        dropped++;
        return true;
      }
      case GONE -> gone = true;
      default -> {}
    }
    return refuse(packet);
  }

  private boolean refuse(int packet) {
    firstRefused = packet;
    return false;
  }
}
