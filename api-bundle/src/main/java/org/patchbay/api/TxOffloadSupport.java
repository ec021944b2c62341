package org.patchbay.api;

import java.util.ArrayList;
import java.util.List;

/**
 * The transmit offloads of an endpoint.
 *
 * @param ipv4Header IPv4 header checksum
 * @param tcp TCP checksum
 * @param udp UDP checksum
 * @param tso TCP segmentation
 * @param uso UDP segmentation
 */
public record TxOffloadSupport(
    boolean ipv4Header, boolean tcp, boolean udp, boolean tso, boolean uso) {

  /** No offload. */
  public static final TxOffloadSupport NONE =
      new TxOffloadSupport(false, false, false, false, false);

  /** Every offload. */
  public static final TxOffloadSupport ALL = new TxOffloadSupport(true, true, true, true, true);

  /** Names of the supported offloads, as in {@link Endpoint#PROPERTY_OFFLOADS}. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    if (ipv4Header) {
      names.add("ipv4-header");
    }
    if (tcp) {
      names.add("tcp");
    }
    if (udp) {
      names.add("udp");
    }
    if (tso) {
      names.add("tso");
    }
    if (uso) {
      names.add("uso");
    }
    return List.copyOf(names);
  }

  /** The flags of {@link TxFlags} that packets may carry to an endpoint with this support. */
  public int flags() {
    return (ipv4Header ? TxFlags.OFFLOAD_IPV4_HEADER_CHECKSUM : 0)
        | (tcp ? TxFlags.OFFLOAD_TCP_CHECKSUM : 0)
        | (udp ? TxFlags.OFFLOAD_UDP_CHECKSUM : 0)
        | (tso ? TxFlags.OFFLOAD_TCP_SEGMENTATION : 0)
        | (uso ? TxFlags.OFFLOAD_UDP_SEGMENTATION : 0);
  }
}
