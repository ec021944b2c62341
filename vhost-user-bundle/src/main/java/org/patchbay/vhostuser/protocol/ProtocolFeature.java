package org.patchbay.vhostuser.protocol;

import java.util.List;

/** The protocol features (VHOST_USER_PROTOCOL_F_…) that this back-end can do. */
public enum ProtocolFeature {
  /** Several queue pairs, and GET_QUEUE_NUM. */
  MQ(0),
  /** A reply to any request that asks for one. */
  REPLY_ACK(3),
  /** NET_SET_MTU. */
  NET_MTU(4),
  /** RESET_DEVICE. */
  RESET_DEVICE(13),
  /** Regions of memory come and go one by one. */
  CONFIGURE_MEM_SLOTS(15),
  /** GET_STATUS and SET_STATUS. */
  STATUS(16);

  private final int bit;

  ProtocolFeature(int bit) {
    this.bit = bit;
  }

  /** The feature's bit, alone. */
  public long mask() {
    return 1L << bit;
  }

  /** Whether a set of bits has this one. */
  public boolean isIn(long features) {
    return (features & mask()) != 0;
  }

  /** The names of a set of bits, unknown ones as numbers. */
  public static List<String> names(long features) {
    return FeatureNames.of(features, values(), ProtocolFeature::mask);
  }
}
