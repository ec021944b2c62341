package org.patchbay.vhostuser.ring;

/** Feature bits of virtio and virtio-net that the rings know (virtio 1.2, sections 5.1.3 and 6). */
public final class Features {

  /** VIRTIO_NET_F_CSUM: the guest sends packets whose checksum is to be filled in. */
  public static final int CSUM = 0;

  /** VIRTIO_NET_F_GUEST_CSUM: the guest takes packets whose checksum was validated. */
  public static final int GUEST_CSUM = 1;

  /** VIRTIO_NET_F_MTU. */
  public static final int MTU = 3;

  /** VIRTIO_NET_F_HOST_TSO4: the guest sends TCP over IPv4 to be segmented. */
  public static final int HOST_TSO4 = 11;

  /** VIRTIO_NET_F_HOST_TSO6: the guest sends TCP over IPv6 to be segmented. */
  public static final int HOST_TSO6 = 12;

  /** VIRTIO_NET_F_MRG_RXBUF: a received frame may lie in several buffers. */
  public static final int MRG_RXBUF = 15;

  /** VIRTIO_NET_F_MQ: several queue pairs. */
  public static final int MQ = 22;

  /** VIRTIO_F_INDIRECT_DESC. */
  public static final int INDIRECT_DESC = 28;

  /** VIRTIO_F_EVENT_IDX. */
  public static final int EVENT_IDX = 29;

  /** VIRTIO_F_VERSION_1. */
  public static final int VERSION_1 = 32;

  /** VIRTIO_F_RING_PACKED. */
  public static final int RING_PACKED = 34;

  /** VIRTIO_F_IN_ORDER. */
  public static final int IN_ORDER = 35;

  /** VIRTIO_NET_F_HOST_USO: the guest sends UDP to be segmented into datagrams. */
  public static final int HOST_USO = 56;

  private Features() {}

  /** Whether a bit is set. */
  public static boolean has(long features, int bit) {
    return (features >>> bit & 1) != 0;
  }
}
