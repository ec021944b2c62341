/**
 * What an endpoint lacks of the transmit offloads, done in software: checksums, segmentation of TCP
 * and UDP, VLAN tags. So what a guest has negotiated stays true whatever is plugged.
 *
 * <p><b>How one gets at it.</b> The engine keeps one {@link
 * org.patchbay.frontend.offload.SoftwareOffload} a ring pair, between {@code peekTransmits} and
 * {@code txAvail}. Nobody else uses this package; the bundle does not export it.
 *
 * <pre>
 *   guest's batch    id 7: TCP, 4000 B, segment size 1400        id 8: plain
 *                         |                                        |
 *   derived batch    id D+0          id D+1          id D+2      id 8
 *                    header | slice  header | slice  ...         as it was
 *                    scratch  guest memory
 * </pre>
 *
 * <p><b>Threads.</b> The worker's, or the coordinator's while the worker rests; no locks.
 */
@NullMarked
package org.patchbay.frontend.offload;

import org.jspecify.annotations.NullMarked;
