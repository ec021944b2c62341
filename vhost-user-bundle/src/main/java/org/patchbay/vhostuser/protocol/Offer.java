package org.patchbay.vhostuser.protocol;

/**
 * What a device offers. It depends on the NIC's configuration alone, so that it is the same at
 * every connection and whatever is plugged.
 *
 * @param features virtio features, bits of {@link VirtioFeature}
 * @param protocolFeatures bits of {@link ProtocolFeature}
 * @param queuePairs how many there are at most
 * @param mtu largest layer-3 packet in bytes
 */
public record Offer(long features, long protocolFeatures, int queuePairs, int mtu) {}
