package org.patchbay.api;

/** The layer-3 protocol of a packet. */
public enum L3Protocol {
  UNKNOWN,
  IPV4,
  IPV6;

  /** The protocol that transmit flags name; IPv4 and IPv6 exclude each other. */
  public static L3Protocol of(int txFlags) {
    return switch (txFlags & (TxFlags.IPV4 | TxFlags.IPV6)) {
      case TxFlags.IPV4 -> IPV4;
      case TxFlags.IPV6 -> IPV6;
      default -> UNKNOWN;
    };
  }
}
