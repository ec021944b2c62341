package org.patchbay.frontend;

import org.patchbay.api.TxOffloadSupport;

/**
 * What the engine needs to know of a plug while its queues are open; asked once, when they were
 * opened.
 *
 * @param generation its number
 * @param fallback whether it is the fallback, which drops what is transmitted
 * @param holdUntil until when transmits stay with the guest in that case, as {@link
 *     System#nanoTime()}
 * @param offloads what its queues can be asked for
 * @param carriesVlan whether they take a VLAN as metadata
 */
record PlugTraits(
    long generation,
    boolean fallback,
    long holdUntil,
    TxOffloadSupport offloads,
    boolean carriesVlan) {}
