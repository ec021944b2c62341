/**
 * The vhost-user NIC: a frontend that is the virtio-net device of a virtual machine in QEMU, or of
 * a DPDK application, over a unix socket and memory that the peer shares.
 *
 * <p><b>How one gets at it.</b> A factory configuration {@code org.patchbay.vhostuser~NAME} makes
 * one NIC; {@code inspect NAME} shows its peer, what was negotiated, and what was refused.
 *
 * <pre>
 *   VhostUserComponent -> VhostUserNic -- PeerServer -- PeerLink (socket) <--> QEMU, DPDK
 *                              |              |
 *                              |           Session -- EngineRings --+
 *                              |                                    v changeRings
 *                              +-- NicEngine, Workers <--> GuestRingPair (rings in guest memory)
 * </pre>
 *
 * <p><b>Threads.</b> One message thread a NIC: it waits for the peer and for its messages, and has
 * rings changed while the workers rest. Workers run the rings; they tell the message thread of
 * broken ones by cutting the connection. A swap sends the peer nothing; a link that goes down
 * closes the connection, the only sign of it that QEMU passes on to its guest.
 *
 * <p><b>Ownership.</b> Whatever comes over the socket belongs to the {@link
 * org.patchbay.vhostuser.protocol.Session} of that connection and ends with it: descriptors and
 * mappings are closed once no worker can touch them.
 */
@NullMarked
package org.patchbay.vhostuser;

import org.jspecify.annotations.NullMarked;
