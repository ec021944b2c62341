package org.patchbay.vhostuser.ring;

/**
 * Why a chain of descriptors or the packet in it was dropped. The chain goes back to the guest with
 * nothing in it.
 */
enum Cause {
  /** A descriptor points outside the guest's memory. */
  OUTSIDE_MEMORY("outside memory"),
  /** A transmit descriptor is for writing, or a receive descriptor for reading. */
  WRONG_DIRECTION("wrong direction"),
  /** The chain has more descriptors than the ring: a loop, as a rule. */
  CHAIN_TOO_LONG("chain longer than the ring"),
  /** A descriptor's next lies outside its table. */
  NEXT_OUT_OF_RANGE("next out of range"),
  /**
   * An indirect table within an indirect table, one with a next, or one that was not negotiated.
   */
  INDIRECT_MISPLACED("indirect misplaced"),
  /** An indirect table that is empty, not whole descriptors, or not within one region. */
  INDIRECT_TABLE("indirect table bad"),
  /** The chain does not even hold the virtio-net header. */
  SHORTER_THAN_HEADER("shorter than the header"),
  /** A frame of less than an Ethernet header. */
  FRAME_TOO_SHORT("frame too short"),
  /** A frame that is longer than any that can be. */
  FRAME_TOO_LONG("frame too long"),
  /** A frame in more segments than a packet can have. */
  TOO_MANY_SEGMENTS("too many segments"),
  /** The header asks for what was not negotiated. */
  NOT_NEGOTIATED("offload not negotiated"),
  /** The header asks for what the packet is not made for, or is not as it says. */
  OFFLOAD_MISMATCH("offload does not fit the packet"),
  /** The packet's own headers go past its end or contradict themselves. */
  HEADERS_BROKEN("packet headers broken"),
  /** Taken from a ring that is not enabled. */
  RING_DISABLED("ring disabled"),
  /** A receive buffer that came back without a frame. */
  NO_FRAME("no frame"),
  /** A received frame for which the posted buffers turned out too small. */
  NO_ROOM("no room");

  private static final Cause[] ALL = values();

  private final String words;

  Cause(String words) {
    this.words = words;
  }

  /** As it is shown to operators. */
  String words() {
    return words;
  }

  /** As a length: negative. */
  int code() {
    return -1 - ordinal();
  }

  static Cause ofCode(int code) {
    return ALL[-1 - code];
  }
}
