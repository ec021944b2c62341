package org.patchbay.api.control;

/**
 * Counters of a NIC since it was created, over all its queues and endpoints.
 *
 * @param txPackets packets of the guest that endpoints accepted
 * @param txBytes their bytes
 * @param rxPackets packets that the guest received
 * @param rxBytes their bytes
 * @param txDropped packets of the guest that were dropped while nothing was plugged
 * @param txLost packets in flight that a swap completed as lost
 * @param txErrors packets that queues could not transmit
 * @param rxErrors packets that queues could not receive
 * @param swaps transitions so far
 * @param refusedIds ids that a backend gave back without holding them
 * @param idsOutstanding receive and transmit ids that should have come back and did not; 0 unless
 *     something is wrong
 * @param txInFlight transmits that the plugged endpoint holds now
 * @param rxPosted receive buffers that the plugged endpoint holds now
 * @param rxSetAside receive buffers that nobody gets until a native call of an endpoint that is
 *     gone, which may still write to them, has returned
 */
public record NicStatistics(
    long txPackets,
    long txBytes,
    long rxPackets,
    long rxBytes,
    long txDropped,
    long txLost,
    long txErrors,
    long rxErrors,
    long swaps,
    long refusedIds,
    long idsOutstanding,
    int txInFlight,
    int rxPosted,
    int rxSetAside) {}
