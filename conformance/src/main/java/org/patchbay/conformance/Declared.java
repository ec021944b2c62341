package org.patchbay.conformance;

import org.patchbay.api.Endpoint;

/**
 * What fixture and endpoint say of the endpoint; it decides which lines apply.
 *
 * @param fate what becomes of frames
 * @param ordered whether it keeps packets in order
 * @param carriesVlan whether it takes a VLAN as metadata
 * @param maxQueues its largest number of queues
 * @param indirectionTableSize entries of its RSS indirection table
 * @param fastCompletions whether its transmits complete soon
 */
record Declared(
    FrameFate fate,
    boolean ordered,
    boolean carriesVlan,
    int maxQueues,
    int indirectionTableSize,
    boolean fastCompletions) {

  static Declared of(FrameFate fate, Endpoint endpoint) {
    return new Declared(
        fate,
        endpoint.isOrdered(),
        endpoint.carriesVlan(),
        endpoint.multiQueueSupport().maxQueues(),
        endpoint.multiQueueSupport().indirectionTableSize(),
        endpoint.txFastCompletions());
  }
}
