package org.patchbay.vhostuser.protocol;

import org.patchbay.api.InspectNode;

/**
 * What a session had negotiated at one moment.
 *
 * @param features virtio features
 * @param protocolFeatures the protocol's own
 * @param status the device status
 * @param memoryRegions how many regions of memory are mapped
 * @param memoryBytes how many bytes they have together
 * @param activePairs how many queue pairs the guest uses
 */
public record SessionReport(
    long features,
    long protocolFeatures,
    int status,
    int memoryRegions,
    long memoryBytes,
    int activePairs) {

  /** Nothing is negotiated. */
  static final SessionReport NONE = new SessionReport(0, 0, 0, 0, 0, 0);

  /** Shows it. */
  public void inspect(InspectNode node) {
    node.value("features", String.join(", ", VirtioFeature.names(features)));
    node.value("protocol-features", String.join(", ", ProtocolFeature.names(protocolFeatures)));
    node.value("status", "0x" + Integer.toHexString(status));
    node.value("memory-regions", memoryRegions);
    node.value("memory-bytes", memoryBytes);
    node.value("active-pairs", activePairs);
  }
}
