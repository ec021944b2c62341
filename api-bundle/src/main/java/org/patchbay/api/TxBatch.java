package org.patchbay.api;

import java.lang.foreign.MemorySegment;

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

  private final int[] ids;
  private final int[] flags;
  private final int[] lengths;
  private final int[] declaredSegments;
  private final int[] firstSegments;
  private final int[] headerLengths;
  private final int[] transportOffsets;
  private final int[] maxSegmentSizes;
  private final int[] vlans;
  private final long[] segmentTotals;
  private final long[] segmentAddresses;
  private final int[] segmentLengths;
  private int packets;
  private int segments;

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
    ids = new int[maxPackets];
    flags = new int[maxPackets];
    lengths = new int[maxPackets];
    declaredSegments = new int[maxPackets];
    firstSegments = new int[maxPackets + 1];
    headerLengths = new int[maxPackets];
    transportOffsets = new int[maxPackets];
    maxSegmentSizes = new int[maxPackets];
    vlans = new int[maxPackets];
    segmentTotals = new long[maxPackets];
    segmentAddresses = new long[maxSegments];
    segmentLengths = new int[maxSegments];
  }

  // ---- filling, by the frontend ----

  /** Forgets all packets. */
  public void clear() {
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
    int packet = packets;
    int segment = segments;
    if (packet == ids.length || segment == segmentLengths.length) {
      return false;
    }
    ids[packet] = id;
    flags[packet] = packetFlags;
    lengths[packet] = length;
    declaredSegments[packet] = segmentCount;
    firstSegments[packet] = segment;
    headerLengths[packet] = 0;
    transportOffsets[packet] = 0;
    maxSegmentSizes[packet] = 0;
    vlans[packet] = Vlan.NONE;
    segmentTotals[packet] = segmentLength;
    segmentAddresses[segment] = address;
    segmentLengths[segment] = segmentLength;
    firstSegments[packet + 1] = segment + 1;
    packets = packet + 1;
    segments = segment + 1;
    return true;
  }

  /**
   * Adds a tail segment to the packet added last.
   *
   * @return false if the batch is full or has no packet; nothing was added
   */
  public boolean addSegment(long address, int length) {
    int segment = segments;
    if (packets == 0 || segment == segmentLengths.length) {
      return false;
    }
    segmentAddresses[segment] = address;
    segmentLengths[segment] = length;
    segmentTotals[packets - 1] += length;
    segments = segment + 1;
    firstSegments[packets] = segment + 1;
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
    int packet = packets - 1;
    headerLengths[packet] = l2Length & 0xff | (l3Length & 0xffff) << 8 | (l4Length & 0xff) << 24;
    transportOffsets[packet] = transportHeaderOffset & 0xffff;
    maxSegmentSizes[packet] = maxSegmentSize & 0xffff;
  }

  /** Sets the VLAN of the packet added last, see {@link Vlan}. */
  public void setVlan(int vlan) {
    vlans[packets - 1] = vlan;
  }

  /** Takes back the packet added last, as when its descriptors turn out to be incomplete. */
  public void removeLastPacket() {
    packets--;
    segments = firstSegments[packets];
  }

  /** How many packets fit. */
  public int maxPackets() {
    return ids.length;
  }

  /** How many more segments fit. */
  public int remainingSegments() {
    return segmentLengths.length - segments;
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
    int first = firstSegments[packet];
    int count = firstSegments[packet + 1] - first;
    return count == declaredSegments[packet]
        && count <= MAX_SEGMENTS
        && segmentTotals[packet] == lengths[packet]
        && lengths[packet] > 0
        && (count == 1 || noneNegative(first, count));
  }

  private boolean noneNegative(int first, int count) {
    int bits = 0;
    for (int i = first; i < first + count; i++) {
      bits |= segmentLengths[i];
    }
    return bits >= 0;
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
    int end = firstSegments[packet + 1];
    for (int i = firstSegments[packet]; i < end; i++) {
      if (!memory.contains(segmentAddresses[i], segmentLengths[i])) {
        return false;
      }
    }
    return true;
  }

  /** Transmit id of a packet. */
  public int id(int packet) {
    return ids[packet];
  }

  /** Bits of {@link TxFlags} of a packet. */
  public int flags(int packet) {
    return flags[packet];
  }

  /** Total length of a packet in bytes. */
  public int length(int packet) {
    return lengths[packet];
  }

  /** How many segments the head says that the packet has. */
  public int declaredSegments(int packet) {
    return declaredSegments[packet];
  }

  /** Index of a packet's head segment. */
  public int firstSegment(int packet) {
    return firstSegments[packet];
  }

  /** Index after a packet's last segment. */
  public int endSegment(int packet) {
    return firstSegments[packet + 1];
  }

  /** Guest physical address of a segment. */
  public long segmentAddress(int segment) {
    return segmentAddresses[segment];
  }

  /** Length of a segment in bytes. */
  public int segmentLength(int segment) {
    return segmentLengths[segment];
  }

  /** Length of the Ethernet header in bytes; set only with offload flags. */
  public int l2Length(int packet) {
    return headerLengths[packet] & 0xff;
  }

  /** Length of the IP header in bytes; set only with offload flags. */
  public int l3Length(int packet) {
    return headerLengths[packet] >>> 8 & 0xffff;
  }

  /** Length of the TCP header in bytes; set only with offload flags. */
  public int l4Length(int packet) {
    return headerLengths[packet] >>> 24;
  }

  /** Where the TCP or UDP header begins, in bytes; set only with offload flags. */
  public int transportHeaderOffset(int packet) {
    return transportOffsets[packet];
  }

  /** Payload bytes of each segment; set only with segmentation flags. */
  public int maxSegmentSize(int packet) {
    return maxSegmentSizes[packet];
  }

  /** Tag control information of a packet's VLAN, or {@link Vlan#NONE}. */
  public int vlan(int packet) {
    return vlans[packet];
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
    int length = lengths[packet];
    if (length > space) {
      return BufferAccess.TOO_LONG;
    }
    long position = offset;
    int end = firstSegments[packet + 1];
    for (int i = firstSegments[packet]; i < end; i++) {
      int part = segmentLengths[i];
      if (!memory.read(segmentAddresses[i], target, position, part)) {
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
    if (!isWellFormed(packet)) {
      return BufferAccess.BAD_PACKET;
    }
    int length = lengths[packet];
    if (length > space) {
      return BufferAccess.TOO_LONG;
    }
    long position = address;
    int end = firstSegments[packet + 1];
    for (int i = firstSegments[packet]; i < end; i++) {
      int part = segmentLengths[i];
      if (!memory.copy(segmentAddresses[i], target, position, part)) {
        return BufferAccess.BAD_PACKET;
      }
      position += part;
    }
    return length;
  }
}
