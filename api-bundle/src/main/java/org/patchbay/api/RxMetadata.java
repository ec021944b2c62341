package org.patchbay.api;

/**
 * What a backend knows of a received frame: a mutable carrier that one caller fills again and again
 * and that {@link BufferAccess} copies from. Not thread-safe.
 */
public final class RxMetadata {

  private int offset;
  private int length;
  private ChecksumState ipChecksum = ChecksumState.UNKNOWN;
  private ChecksumState l4Checksum = ChecksumState.UNKNOWN;
  private L4Protocol l4Protocol = L4Protocol.UNKNOWN;
  private int vlan = Vlan.NONE;

  /** Sets every field to its default: 0, 0, unknown, unknown, unknown, no VLAN. */
  public RxMetadata reset() {
    return set(0, 0);
  }

  /**
   * Sets offset and length and every other field to its default.
   *
   * @param newOffset where the frame begins in the buffer, in bytes
   * @param newLength length of the frame in bytes
   */
  public RxMetadata set(int newOffset, int newLength) {
    offset = newOffset;
    length = newLength;
    ipChecksum = ChecksumState.UNKNOWN;
    l4Checksum = ChecksumState.UNKNOWN;
    l4Protocol = L4Protocol.UNKNOWN;
    vlan = Vlan.NONE;
    return this;
  }

  /** Copies all fields of another carrier. */
  public void copyFrom(RxMetadata other) {
    offset = other.offset;
    length = other.length;
    ipChecksum = other.ipChecksum;
    l4Checksum = other.l4Checksum;
    l4Protocol = other.l4Protocol;
    vlan = other.vlan;
  }

  /** Where the frame begins in the buffer, in bytes. */
  public int offset() {
    return offset;
  }

  /** Length of the frame in bytes. */
  public int length() {
    return length;
  }

  /** State of the IP header checksum. */
  public ChecksumState ipChecksum() {
    return ipChecksum;
  }

  /** Sets the state of the IP header checksum. */
  public RxMetadata ipChecksum(ChecksumState state) {
    ipChecksum = state;
    return this;
  }

  /** State of the TCP or UDP checksum. */
  public ChecksumState l4Checksum() {
    return l4Checksum;
  }

  /** Sets the state of the TCP or UDP checksum. */
  public RxMetadata l4Checksum(ChecksumState state) {
    l4Checksum = state;
    return this;
  }

  /** The layer-4 protocol, if known. */
  public L4Protocol l4Protocol() {
    return l4Protocol;
  }

  /** Sets the layer-4 protocol. */
  public RxMetadata l4Protocol(L4Protocol protocol) {
    l4Protocol = protocol;
    return this;
  }

  /** The tag control information of the VLAN, see {@link Vlan}, or {@link Vlan#NONE}. */
  public int vlan() {
    return vlan;
  }

  /** Sets the tag control information of the VLAN, or {@link Vlan#NONE}. */
  public RxMetadata vlan(int tagControl) {
    vlan = tagControl;
    return this;
  }
}
