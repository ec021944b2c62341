package org.patchbay.api;

/**
 * What a backend knows of a received frame: a mutable carrier that one caller fills again and again
 * and that {@link BufferAccess} copies from. Not thread-safe.
 */
public final class RxMetadata {

  private static final ChecksumState[] CHECKSUM_STATES = ChecksumState.values();
  private static final L4Protocol[] L4_PROTOCOLS = L4Protocol.values();

  private int offset;
  private int length;

  // Ordinals, a byte each: IP checksum, L4 checksum, L4 protocol. Setting and copying one int is
  // cheaper than three references. UNKNOWN is 0 in both enums.
  private int states;

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
    states = 0;
    vlan = Vlan.NONE;
    return this;
  }

  /** Copies all fields of another carrier. */
  public void copyFrom(RxMetadata other) {
    offset = other.offset;
    length = other.length;
    states = other.states;
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
    return CHECKSUM_STATES[states & 0xff];
  }

  /** Sets the state of the IP header checksum. */
  public RxMetadata ipChecksum(ChecksumState state) {
    states = states & 0xffff00 | state.ordinal();
    return this;
  }

  /** State of the TCP or UDP checksum. */
  public ChecksumState l4Checksum() {
    return CHECKSUM_STATES[states >>> 8 & 0xff];
  }

  /** Sets the state of the TCP or UDP checksum. */
  public RxMetadata l4Checksum(ChecksumState state) {
    states = states & 0xff00ff | state.ordinal() << 8;
    return this;
  }

  /** The layer-4 protocol, if known. */
  public L4Protocol l4Protocol() {
    return L4_PROTOCOLS[states >>> 16];
  }

  /** Sets the layer-4 protocol. */
  public RxMetadata l4Protocol(L4Protocol protocol) {
    states = states & 0x00ffff | protocol.ordinal() << 16;
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
