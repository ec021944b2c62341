/**
 * The device's side of virtqueues in guest memory (Virtual I/O Device specification 1.2, sections
 * 2.7 and 2.8) and of the virtio-net header (section 5.1.6), as a ring pair of the engine.
 *
 * <p><b>How one gets at it.</b> The vhost-user device makes one {@link
 * org.patchbay.vhostuser.ring.GuestRingPair} for each queue pair of its NIC, for the NIC's life,
 * and tells it at rest what the connection negotiated: memory, features, virtqueues, descriptors.
 *
 * <p><b>Trust.</b> Nothing that the guest can write is believed. Each value is read once into
 * locals or arrays and checked there; every address is checked against the mapped regions before it
 * is used. A bad packet is dropped and counted by its cause; a broken ring is told to the {@link
 * org.patchbay.vhostuser.ring.RingPairListener} and not touched again. Where the guest takes its
 * memory away an access ends in an {@link InternalError}, which passes through here to the engine.
 *
 * <p><b>Threads.</b> The engine's worker runs the rings; the methods that change them are for a
 * worker at rest, in a {@code RingChange}. Inspection may come from any thread.
 */
@NullMarked
package org.patchbay.vhostuser.ring;

import org.jspecify.annotations.NullMarked;
