package org.patchbay.api;

/** Lengths of headers, in bytes. */
public final class Ethernet {

  /** Length of an Ethernet header. */
  public static final int HEADER_LENGTH = 14;

  /** Length of an Ethernet header with an 802.1Q tag. */
  public static final int VLAN_HEADER_LENGTH = 18;

  /** Length of the shortest IPv4 header. */
  public static final int IPV4_MIN_HEADER_LENGTH = 20;

  /** Length of the IPv6 header without extensions. */
  public static final int IPV6_MIN_HEADER_LENGTH = 40;

  private Ethernet() {}
}
