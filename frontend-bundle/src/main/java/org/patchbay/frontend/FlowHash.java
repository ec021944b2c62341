package org.patchbay.frontend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A hash of a frame's flow, for spreading flows over ring pairs. Both directions of a flow hash
 * alike, and so do all fragments of a datagram:
 *
 * <ul>
 *   <li>IPv4 and IPv6 with TCP or UDP: addresses and ports;
 *   <li>other IP packets, fragments, and IPv6 packets with extension headers: addresses;
 *   <li>everything else: MAC addresses and EtherType.
 * </ul>
 *
 * Up to two VLAN tags are skipped. Headers that are cut off count as missing.
 */
final class FlowHash {

  /** How many of a frame's first bytes the hash needs: two VLAN tags, IPv6 header and ports. */
  static final int HEADER_BYTES = 14 + 2 * 4 + 40 + 4;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int MAC_BYTES = 6;
  private static final int ETHER_TYPE = 12;
  private static final int VLAN_BYTES = 4;
  private static final int MAX_VLANS = 2;
  private static final int VLAN = 0x8100;
  private static final int SERVICE_VLAN = 0x88a8;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;

  /** More-fragments flag and fragment offset (RFC 791, 3.1). */
  private static final int FRAGMENT = 0x3fff;

  private FlowHash() {}

  /**
   * Hashes a frame.
   *
   * @param header its first bytes
   * @param length how many of them there are, up to {@link #HEADER_BYTES}
   * @return any number
   */
  static int of(byte[] header, int length) {
    if (length < ETHER_TYPE + 2) {
      return 0;
    }
    int at = ETHER_TYPE;
    int type = unsignedShort(header, at);
    for (int tags = 0;
        tags < MAX_VLANS && (type == VLAN || type == SERVICE_VLAN) && length >= at + VLAN_BYTES + 2;
        tags++) {
      at += VLAN_BYTES;
      type = unsignedShort(header, at);
    }
    at += 2;
    if (type == IPV4 && length >= at + IPV4_BYTES && header[at] >>> 4 == 4) {
      return ofIpv4(header, at, length);
    }
    if (type == IPV6 && length >= at + IPV6_BYTES && header[at] >>> 4 == 6) {
      return ofIpv6(header, at, length);
    }
    return ofAddresses(macAddress(header, 0), macAddress(header, MAC_BYTES), type);
  }

  private static int ofIpv4(byte[] header, int at, int length) {
    long source = (int) INT.get(header, at + 12);
    long target = (int) INT.get(header, at + 16);
    int protocol = header[at + 9];
    boolean fragment = (unsignedShort(header, at + 6) & FRAGMENT) != 0;
    int ports = at + (header[at] & 0xf) * 4;
    return fragment
        ? ofAddresses(source, target, 0)
        : ofEnds(header, ports, length, protocol, source, target);
  }

  private static int ofIpv6(byte[] header, int at, int length) {
    long source = mix((long) LONG.get(header, at + 8)) + (long) LONG.get(header, at + 16);
    long target = mix((long) LONG.get(header, at + 24)) + (long) LONG.get(header, at + 32);
    return ofEnds(header, at + IPV6_BYTES, length, header[at + 6], source, target);
  }

  private static int ofEnds(
      byte[] header, int ports, int length, int protocol, long source, long target) {
    if (protocol != TCP && protocol != UDP || length < ports + 4) {
      return ofAddresses(source, target, 0);
    }
    return ofAddresses(
        mix(source) + unsignedShort(header, ports),
        mix(target) + unsignedShort(header, ports + 2),
        protocol);
  }

  private static int ofAddresses(long source, long target, int kind) {
    long both = mix(mix(source) + mix(target) + kind);
    return (int) (both >>> Integer.SIZE);
  }

  /** Spreads a number's bits over all bits (the finalizer of SplitMix64). */
  private static long mix(long number) {
    long mixed = (number ^ number >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }

  private static long macAddress(byte[] header, int at) {
    return (long) unsignedShort(header, at) << Integer.SIZE
        | (int) INT.get(header, at + 2) & 0xffffffffL;
  }

  private static int unsignedShort(byte[] header, int at) {
    return (short) SHORT.get(header, at) & 0xffff;
  }
}
