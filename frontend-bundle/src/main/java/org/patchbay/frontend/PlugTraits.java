package org.patchbay.frontend;

import org.patchbay.api.TxOffloadSupport;

/**
 * What the engine needs to know of a plug while its queues are open; asked once, when they were
 * opened.
 *
 * @param nic name of the NIC
 * @param endpoint what is plugged, for operators
 * @param generation its number
 * @param fallback whether it is the fallback, which drops what is transmitted
 * @param holdUntil until when transmits stay with the guest in that case, as {@link
 *     System#nanoTime()}
 * @param offloads what its queues can be asked for
 * @param carriesVlan whether they take a VLAN as metadata
 * @param memory the guest's, as they see it
 */
record PlugTraits(
    String nic,
    String endpoint,
    long generation,
    boolean fallback,
    long holdUntil,
    TxOffloadSupport offloads,
    boolean carriesVlan,
    LentMemory memory) {}
