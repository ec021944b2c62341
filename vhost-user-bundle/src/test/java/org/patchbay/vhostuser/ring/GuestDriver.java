package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A guest's virtio-net driver for one queue pair, for tests: posts receive buffers, takes received
 * frames, sends frames and gets their buffers back. Notifications are the caller's.
 *
 * <p>One thread.
 */
public final class GuestDriver {

  /** Most descriptors of an indirect table that this driver writes. */
  private static final int TABLE_ENTRIES = 64;

  /**
   * A frame that the device delivered.
   *
   * @param frame its bytes
   * @param flags of its virtio-net header
   * @param buffers how many it came in
   */
  public record Received(byte[] frame, int flags, int buffers) {}

  /**
   * What to ask for in the virtio-net header of a frame.
   *
   * @param flags as in the specification
   * @param gsoType as in the specification
   * @param headerLength hdr_len
   * @param gsoSize gso_size
   * @param checksumStart csum_start
   * @param checksumOffset csum_offset
   */
  public record Header(
      int flags,
      int gsoType,
      int headerLength,
      int gsoSize,
      int checksumStart,
      int checksumOffset) {

    /** Asks for nothing. */
    public static final Header NONE = new Header(0, 0, 0, 0, 0, 0);
  }

  private final MemorySegment memory;
  private final long guestBase;
  private final int headerLength;
  private final int slotBytes;
  private final boolean indirect;
  private final DriverRing receiveRing;
  private final DriverRing transmitRing;
  private final long receiveSlots;
  private final long transmitSlots;
  private final long tables;
  private final Deque<Integer> freeReceive = new ArrayDeque<>();
  private final Deque<Integer> freeTransmit = new ArrayDeque<>();
  private final int[] receiveSlotOf;
  private final int[] transmitSlotOf;
  private final int[][] receiveLengths;

  /**
   * @param memory the guest's memory as the driver sees it, zeroed from {@code from} on
   * @param guestBase guest address of its first byte
   * @param from where in the memory this driver begins, a multiple of 64
   * @param size descriptors of each ring
   * @param features negotiated
   * @param slotBytes bytes of each of the {@code size} receive and transmit buffers
   */
  public GuestDriver(
      MemorySegment memory, long guestBase, long from, int size, long features, int slotBytes) {
    this.memory = memory;
    this.guestBase = guestBase;
    this.slotBytes = slotBytes;
    headerLength = NetHeader.length(features);
    indirect = Features.has(features, Features.INDIRECT_DESC);
    long ringBytes = align(DriverRing.bytesNeeded(size));
    receiveRing = DriverRing.of(memory, guestBase, from, size, features);
    transmitRing = DriverRing.of(memory, guestBase, from + ringBytes, size, features);
    receiveSlots = from + 2 * ringBytes;
    transmitSlots = receiveSlots + (long) size * slotBytes;
    tables = align(transmitSlots + (long) size * slotBytes);
    receiveSlotOf = new int[size];
    transmitSlotOf = new int[size];
    receiveLengths = new int[size][];
    for (int i = 0; i < size; i++) {
      freeReceive.add(i);
      freeTransmit.add(i);
    }
  }

  private static long align(long bytes) {
    return (bytes + 63) & -64L;
  }

  /** Bytes that a driver takes. */
  public static long bytesNeeded(int size, int slotBytes) {
    return 2 * align(DriverRing.bytesNeeded(size))
        + align(2L * size * slotBytes)
        + 2L * size * TABLE_ENTRIES * 16
        + 64;
  }

  /** The ring that frames are received by. */
  public DriverRing receiveRing() {
    return receiveRing;
  }

  /** The ring that frames are sent by. */
  public DriverRing transmitRing() {
    return transmitRing;
  }

  /**
   * Posts receive buffers as long as there is room.
   *
   * @param most how many at most
   * @param bytes of each, header included, up to the slot's
   * @return how many were posted, after which the device is to be kicked if {@link
   *     DriverRing#publish} says so
   */
  public int postReceive(int most, int bytes, ChainShape shape, boolean inTable) {
    int count = 0;
    while (count < most && !freeReceive.isEmpty()) {
      int slot = freeReceive.element();
      int[] lengths = shape.lengths(headerLength, bytes - headerLength);
      long start = receiveSlots + (long) slot * slotBytes;
      long table = inTable && indirect ? tableOf(slot) : 0;
      int id = receiveRing.add(addresses(start, lengths), lengths, true, table);
      if (id < 0) {
        break;
      }
      freeReceive.remove();
      receiveSlotOf[id] = slot;
      receiveLengths[id] = lengths;
      count++;
    }
    return count;
  }

  /** Posts whole buffers of the slot's size and publishes them; whether to kick. */
  public boolean postReceive() {
    postReceive(receiveRing.size(), slotBytes, ChainShape.WHOLE, false);
    return receiveRing.publish();
  }

  private long tableOf(int slot) {
    return guestBase + tables + (long) slot * TABLE_ENTRIES * 16;
  }

  private long[] addresses(long start, int[] lengths) {
    long[] addresses = new long[lengths.length];
    long at = start;
    for (int i = 0; i < lengths.length; i++) {
      addresses[i] = guestBase + at;
      at += lengths[i];
    }
    return addresses;
  }

  /** Takes the next received frame; null if there is none. One of no bytes came back unused. */
  public @Nullable Received receive() {
    int id = receiveRing.takeUsed();
    if (id < 0) {
      return null;
    }
    byte[] first = takeReceived(id);
    if (first.length < headerLength) {
      return new Received(new byte[0], 0, 1);
    }
    int buffers = headerLength == NetHeader.LENGTH ? first[10] & 0xff | (first[11] & 0xff) << 8 : 1;
    List<byte[]> parts = new ArrayList<>(List.of(first));
    for (int i = 1; i < buffers; i++) {
      int more = receiveRing.takeUsed();
      if (more < 0) {
        throw new IllegalStateException(
            "a frame in " + buffers + " buffers came with " + i + " of them");
      }
      parts.add(takeReceived(more));
    }
    int total = parts.stream().mapToInt(part -> part.length).sum() - headerLength;
    byte[] frame = new byte[total];
    int at = -headerLength;
    for (byte[] part : parts) {
      int skip = Math.max(0, -at);
      System.arraycopy(part, skip, frame, at + skip, part.length - skip);
      at += part.length;
    }
    return new Received(frame, first[0], buffers);
  }

  private byte[] takeReceived(int id) {
    int slot = receiveSlotOf[id];
    int length = receiveRing.usedLength();
    int capacity = 0;
    for (int part : receiveLengths[id]) {
      capacity += part;
    }
    if (length < 0 || length > capacity) {
      throw new IllegalStateException(
          "the device wrote " + length + " bytes into a buffer of " + capacity);
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, receiveSlots + (long) slot * slotBytes, bytes, 0, length);
    freeReceive.add(slot);
    return bytes;
  }

  /**
   * Queues a frame; the device sees it after {@link DriverRing#publish} of the transmit ring.
   *
   * @return false if there is no room
   */
  public boolean send(byte[] frame, Header header, ChainShape shape, boolean inTable) {
    if (freeTransmit.isEmpty()) {
      return false;
    }
    int slot = freeTransmit.element();
    long start = transmitSlots + (long) slot * slotBytes;
    int[] lengths = shape.lengths(headerLength, frame.length);
    long table = inTable && indirect ? tableOf(transmitRing.size() + slot) : 0;
    int id = transmitRing.add(addresses(start, lengths), lengths, false, table);
    if (id < 0) {
      return false;
    }
    freeTransmit.remove();
    transmitSlotOf[id] = slot;
    write(start, header);
    MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, start + headerLength, frame.length);
    return true;
  }

  /** Sends a plain frame in one piece; whether to kick, null if there is no room. */
  public @Nullable Boolean send(byte[] frame) {
    return send(frame, Header.NONE, ChainShape.WHOLE, false) ? transmitRing.publish() : null;
  }

  private void write(long at, Header header) {
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) header.flags());
    memory.set(ValueLayout.JAVA_BYTE, at + 1, (byte) header.gsoType());
    memory.set(DriverRing.SHORT, at + 2, (short) header.headerLength());
    memory.set(DriverRing.SHORT, at + 4, (short) header.gsoSize());
    memory.set(DriverRing.SHORT, at + 6, (short) header.checksumStart());
    memory.set(DriverRing.SHORT, at + 8, (short) header.checksumOffset());
    if (headerLength > NetHeader.BUFFERS) {
      memory.set(DriverRing.SHORT, at + NetHeader.BUFFERS, (short) 0);
    }
  }

  /** Takes sent frames' buffers back; how many. */
  public int reclaim() {
    int count = 0;
    for (int id = transmitRing.takeUsed(); id >= 0; id = transmitRing.takeUsed()) {
      freeTransmit.add(transmitSlotOf[id]);
      count++;
    }
    return count;
  }
}
