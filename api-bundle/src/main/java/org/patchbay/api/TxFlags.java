package org.patchbay.api;

/**
 * Bits of a transmitted packet's flags: what the backend is asked to compute. One byte.
 *
 * <p>Each checksum needs the layer-3 protocol and the lengths of the layer-2 and layer-3 headers.
 */
public final class TxFlags {

  /** Compute the IPv4 header checksum. */
  public static final int OFFLOAD_IPV4_HEADER_CHECKSUM = 1;

  /** Compute the TCP checksum. */
  public static final int OFFLOAD_TCP_CHECKSUM = 1 << 1;

  /** Compute the UDP checksum. */
  public static final int OFFLOAD_UDP_CHECKSUM = 1 << 2;

  /** Segment the TCP packet; needs the layer-4 header length and the segment size as well. */
  public static final int OFFLOAD_TCP_SEGMENTATION = 1 << 3;

  /** The packet is IPv4. */
  public static final int IPV4 = 1 << 4;

  /** The packet is IPv6; excludes {@link #IPV4}. */
  public static final int IPV6 = 1 << 5;

  /** Segment the UDP packet; needs layer-2 and layer-3 header lengths and the segment size. */
  public static final int OFFLOAD_UDP_SEGMENTATION = 1 << 6;

  /** Every flag that asks for work. */
  public static final int ANY_OFFLOAD =
      OFFLOAD_IPV4_HEADER_CHECKSUM
          | OFFLOAD_TCP_CHECKSUM
          | OFFLOAD_UDP_CHECKSUM
          | OFFLOAD_TCP_SEGMENTATION
          | OFFLOAD_UDP_SEGMENTATION;

  /** Every flag that asks for segmentation. */
  public static final int ANY_SEGMENTATION = OFFLOAD_TCP_SEGMENTATION | OFFLOAD_UDP_SEGMENTATION;

  private TxFlags() {}
}
