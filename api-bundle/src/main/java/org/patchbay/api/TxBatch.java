package org.patchbay.api;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A batch of packets to transmit, as arrays of numbers: packets with their metadata, and the guest
 * segments that they lie in. A frontend fills it, packet by packet and segment by segment, offers
 * it to {@link Queue#txAvail} and fills it again; nothing is allocated after construction.
 *
 * <pre>
 *   packet   0                  1                 2
 *            id, flags, ...     id, flags, ...    id, flags, ...
 *            |                  |                 |
 *   segment  0: head  1: tail   2: head           3: head  4: tail  5: tail
 *            address, length    ...
 * </pre>
 *
 * <p>What a guest says may be wrong, so a batch can hold malformed packets; {@link #isWellFormed}
 * tells them. Metadata is zero, and the VLAN {@link Vlan#NONE}, unless set. Not thread-safe.
 */
public final class TxBatch {

  /** Largest number of segments of a packet, the head included. */
  public static final int MAX_SEGMENTS = 255;

  // Numbers of one packet stand together: fewer arrays, and fewer checks of their bounds.
  private static final int ID = 0;
  private static final int FLAGS = 1;
  private static final int LENGTH = 2;
  private static final int DECLARED = 3;
  private static final int FIRST = 4;
  private static final int END = 5;
  private static final int PACKET = 8; // a power of two above

  // What few packets have. All zero but for those set since the last clear().
  private static final int HEADER_LENGTHS = 0;
  private static final int TRANSPORT_OFFSET = 1;
  private static final int MAX_SEGMENT_SIZE = 2;
  private static final int TAGGED = 3;
  private static final int EXTRA = 4;

  private static final int ADDRESS = 0;
  private static final int SEGMENT_LENGTH = 1;
  private static final int SEGMENT = 2;

  private final int[] packetWords;
  private final int[] extraWords;
  private final long[] segmentWords;
  private int packets;
  private int segments;
  private boolean hasExtra;

  /**
   * @param maxPackets how many packets fit, at least 1
   * @param maxSegments how many segments fit over all packets, at least {@code maxPackets}
   */
  public TxBatch(int maxPackets, int maxSegments) {
    if (maxPackets < 1 || maxSegments < maxPackets) {
      throw new IllegalArgumentException(
          "a batch for "
              + maxPackets
              + " packets of "
              + maxSegments
              + " segments in all holds"
              + " nothing; allowed are at least 1 packet and as many segments as packets");
    }
    packetWords = new int[Math.multiplyExact(maxPackets, PACKET)];
    extraWords = new int[maxPackets * EXTRA];
    segmentWords = new long[Math.multiplyExact(maxSegments, SEGMENT)];
  }

  // ---- filling, by the frontend ----

  /** Forgets all packets. */
  public void clear() {
    if (hasExtra) {
      Arrays.fill(extraWords, 0);
      hasExtra = false;
    }
    packets = 0;
    segments = 0;
  }

  /**
   * Adds a packet with its head segment.
   *
   * @param id the transmit id
   * @param segmentCount how many segments the packet has, head included, as the guest says
   * @param packetFlags bits of {@link TxFlags}
   * @param length total length in bytes, as the guest says
   * @param address guest physical address of the head segment
   * @param segmentLength length of the head segment in bytes
   * @return false if the batch is full; nothing was added
   */
  public boolean addPacket(
      int id, int segmentCount, int packetFlags, int length, long address, int segmentLength) {
    int packet = packets * PACKET;
    int segment = segments * SEGMENT;
    if (packet == packetWords.length || segment == segmentWords.length) {
      return false;
    }
    packetWords[packet + ID] = id;
    packetWords[packet + FLAGS] = packetFlags;
    packetWords[packet + LENGTH] = length;
    packetWords[packet + DECLARED] = segmentCount;
    packetWords[packet + FIRST] = segments;
    segments++;
    packetWords[packet + END] = segments;
    packets++;
    segmentWords[segment + ADDRESS] = address;
    segmentWords[segment + SEGMENT_LENGTH] = segmentLength;
    return true;
  }

  /**
   * Adds a tail segment to the packet added last.
   *
   * @return false if the batch is full or has no packet; nothing was added
   */
  public boolean addSegment(long address, int length) {
    int segment = segments * SEGMENT;
    if (packets == 0 || segment == segmentWords.length) {
      return false;
    }
    segmentWords[segment + ADDRESS] = address;
    segmentWords[segment + SEGMENT_LENGTH] = length;
    segments++;
    packetWords[(packets - 1) * PACKET + END] = segments;
    return true;
  }

  /**
   * Sets what offloads need on the packet added last.
   *
   * @param l2Length length of the Ethernet header in bytes, 0 to 255
   * @param l3Length length of the IP header in bytes, 0 to 65535
   * @param l4Length length of the TCP header in bytes, 0 to 255
   * @param transportHeaderOffset where the TCP or UDP header begins, in bytes from the packet's
   *     start, 0 to 65535
   * @param maxSegmentSize payload bytes of each segment, only with segmentation, 0 to 65535
   */
  public void setOffload(
      int l2Length, int l3Length, int l4Length, int transportHeaderOffset, int maxSegmentSize) {
    int extra = (packets - 1) * EXTRA;
    extraWords[extra + HEADER_LENGTHS] =
        l2Length & 0xff | (l3Length & 0xffff) << 8 | (l4Length & 0xff) << 24;
    extraWords[extra + TRANSPORT_OFFSET] = transportHeaderOffset & 0xffff;
    extraWords[extra + MAX_SEGMENT_SIZE] = maxSegmentSize & 0xffff;
    hasExtra = true;
  }

  /** Sets the VLAN of the packet added last, see {@link Vlan}. */
  public void setVlan(int vlan) {
    extraWords[(packets - 1) * EXTRA + TAGGED] = vlan - Vlan.NONE;
    hasExtra = true;
  }

  /** Takes back the packet added last, as when its descriptors turn out to be incomplete. */
  public void removeLastPacket() {
    packets--;
    segments = packetWords[packets * PACKET + FIRST];
    if (hasExtra) {
      Arrays.fill(extraWords, packets * EXTRA, (packets + 1) * EXTRA, 0);
    }
  }

  /** How many packets fit. */
  public int maxPackets() {
    return packetWords.length / PACKET;
  }

  /** How many more segments fit. */
  public int remainingSegments() {
    return segmentWords.length / SEGMENT - segments;
  }

  // ---- reading, by the backend ----

  /** Number of packets. */
  public int packetCount() {
    return packets;
  }

  /** Number of segments of all packets. */
  public int segmentCount() {
    return segments;
  }

  /**
   * Whether a packet's segments are what its head says: 1 to {@link #MAX_SEGMENTS}, as many as
   * declared, none of negative length, with lengths that add up to the packet's. Says nothing of
   * their addresses.
   */
  public boolean isWellFormed(int packet) {
    int end = endSegment(packet);
    long total = 0;
    long signs = 0;
    for (int i = firstSegment(packet); i < end; i++) {
      long length = segmentWords[i * SEGMENT + SEGMENT_LENGTH];
      total += length;
      signs |= length;
    }
    return signs >= 0 && total == length(packet) && total > 0 && hasDeclaredSegments(packet);
  }

  private boolean hasDeclaredSegments(int packet) {
    int count = endSegment(packet) - firstSegment(packet);
    return count == declaredSegments(packet) && count <= MAX_SEGMENTS;
  }

  /**
   * Whether all segments of a packet lie in guest memory. Together with {@link #isWellFormed} it
   * tells what a backend has to check before it uses a packet in place; the copying methods check
   * both by themselves.
   *
   * @param packet the packet's index
   * @param memory the guest memory that the addresses refer to
   */
  public boolean liesWithin(int packet, GuestMemory memory) {
    int end = endSegment(packet);
    for (int i = firstSegment(packet); i < end; i++) {
      if (!memory.contains(segmentAddress(i), segmentLength(i))) {
        return false;
      }
    }
    return true;
  }

  /** Transmit id of a packet. */
  public int id(int packet) {
    return packetWords[packet * PACKET + ID];
  }

  /** Bits of {@link TxFlags} of a packet. */
  public int flags(int packet) {
    return packetWords[packet * PACKET + FLAGS];
  }

  /** Total length of a packet in bytes. */
  public int length(int packet) {
    return packetWords[packet * PACKET + LENGTH];
  }

  /** How many segments the head says that the packet has. */
  public int declaredSegments(int packet) {
    return packetWords[packet * PACKET + DECLARED];
  }

  /** Index of a packet's head segment. */
  public int firstSegment(int packet) {
    return packetWords[packet * PACKET + FIRST];
  }

  /** Index after a packet's last segment. */
  public int endSegment(int packet) {
    return packetWords[packet * PACKET + END];
  }

  /** Guest physical address of a segment. */
  public long segmentAddress(int segment) {
    return segmentWords[segment * SEGMENT + ADDRESS];
  }

  /** Length of a segment in bytes. */
  public int segmentLength(int segment) {
    return (int) segmentWords[segment * SEGMENT + SEGMENT_LENGTH];
  }

  /** Length of the Ethernet header in bytes; set only with offload flags. */
  public int l2Length(int packet) {
    return extraWords[packet * EXTRA + HEADER_LENGTHS] & 0xff;
  }

  /** Length of the IP header in bytes; set only with offload flags. */
  public int l3Length(int packet) {
    return extraWords[packet * EXTRA + HEADER_LENGTHS] >>> 8 & 0xffff;
  }

  /** Length of the TCP header in bytes; set only with offload flags. */
  public int l4Length(int packet) {
    return extraWords[packet * EXTRA + HEADER_LENGTHS] >>> 24;
  }

  /** Where the TCP or UDP header begins, in bytes; set only with offload flags. */
  public int transportHeaderOffset(int packet) {
    return extraWords[packet * EXTRA + TRANSPORT_OFFSET];
  }

  /** Payload bytes of each segment; set only with segmentation flags. */
  public int maxSegmentSize(int packet) {
    return extraWords[packet * EXTRA + MAX_SEGMENT_SIZE];
  }

  /** Whether some packet may have a VLAN: false spares looking at each. */
  public boolean hasVlan() {
    return hasExtra;
  }

  /** Tag control information of a packet's VLAN, or {@link Vlan#NONE}. */
  public int vlan(int packet) {
    return extraWords[packet * EXTRA + TAGGED] + Vlan.NONE;
  }

  /**
   * Copies a packet's segments one behind the other.
   *
   * @param packet the packet's index
   * @param memory the guest memory that the addresses refer to
   * @param target where to, from {@code offset}
   * @param space how many bytes fit
   * @return the packet's length in bytes, {@link BufferAccess#TOO_LONG}, or {@link
   *     BufferAccess#BAD_PACKET} if it is malformed or outside guest memory, with the target
   *     possibly written in part
   */
  public int linearize(
      int packet, GuestMemory memory, MemorySegment target, long offset, int space) {
    if (!isWellFormed(packet)) {
      return BufferAccess.BAD_PACKET;
    }
    int length = length(packet);
    if (length > space) {
      return BufferAccess.TOO_LONG;
    }
    long position = offset;
    int end = endSegment(packet);
    for (int i = firstSegment(packet); i < end; i++) {
      int part = segmentLength(i);
      if (!memory.read(segmentAddress(i), target, position, part)) {
        return BufferAccess.BAD_PACKET;
      }
      position += part;
    }
    return length;
  }

  /**
   * Copies a packet's segments one behind the other to a guest address.
   *
   * @param packet the packet's index
   * @param memory the guest memory that the segments' addresses refer to
   * @param target the guest memory to write to; may be the same
   * @param address guest physical address there
   * @param space how many bytes fit
   * @return the packet's length in bytes, {@link BufferAccess#TOO_LONG}, or {@link
   *     BufferAccess#BAD_PACKET} if it is malformed or one of the ranges is outside guest memory,
   *     with the target possibly written in part
   */
  public int copyPacket(
      int packet, GuestMemory memory, GuestMemory target, long address, int space) {
    int left = length(packet);
    long to = target.nativeAddress(address, left);
    if (left > space || left <= 0 || to == 0 || !hasDeclaredSegments(packet)) {
      return copyInParts(packet, memory, target, address, space);
    }
    if (endSegment(packet) - firstSegment(packet) == 1) {
      return copyWhole(packet, memory, target, to)
          ? left
          : copyInParts(packet, memory, target, address, space);
    }
    // One pass checks and copies. It ends by what is left, so that no part goes beyond what was
    // checked above.
    int end = endSegment(packet);
    int segment = firstSegment(packet);
    while (left > 0 && segment < end) {
      int part = segmentLength(segment);
      long from = memory.nativeAddress(segmentAddress(segment), part);
      if (from == 0 || part > left) {
        return copyInParts(packet, memory, target, address, space);
      }
      memory.copyNative(from, target, to, part);
      to += part;
      left -= part;
      segment++;
    }
    return left == 0 && segment == end
        ? length(packet)
        : copyInParts(packet, memory, target, address, space);
  }

  /** Copies a packet of one segment within one region; false if it is not that. */
  private boolean copyWhole(int packet, GuestMemory memory, GuestMemory target, long to) {
    int segment = firstSegment(packet);
    int length = segmentLength(segment);
    long from = memory.nativeAddress(segmentAddress(segment), length);
    if (from == 0 || length != length(packet)) {
      return false;
    }
    memory.copyNative(from, target, to, length);
    return true;
  }

  /** The same with every check on its own: for packets that are bad or cross regions. */
  private int copyInParts(
      int packet, GuestMemory memory, GuestMemory target, long address, int space) {
    if (!isWellFormed(packet)) {
      return BufferAccess.BAD_PACKET;
    }
    if (length(packet) > space) {
      return BufferAccess.TOO_LONG;
    }
    long position = address;
    int end = endSegment(packet);
    for (int i = firstSegment(packet); i < end; i++) {
      int part = segmentLength(i);
      if (!memory.copy(segmentAddress(i), target, position, part)) {
        return BufferAccess.BAD_PACKET;
      }
      position += part;
    }
    return length(packet);
  }
}
