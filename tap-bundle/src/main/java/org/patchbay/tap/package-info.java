/**
 * The tap backend: an endpoint on a Linux TAP interface, through which a NIC's frames reach the
 * host's network stack, a bridge or a network namespace.
 *
 * <p><b>How one gets at it.</b> Each factory configuration {@code org.patchbay.tap~NAME} makes one
 * {@link org.patchbay.tap.TapEndpoint} and registers it as an {@link org.patchbay.api.Endpoint};
 * its keys are those of {@link org.patchbay.tap.TapConfiguration}. Nobody imports this package.
 *
 * <p><b>Parts.</b> {@link org.patchbay.tap.TapDevice} opens the interface and owns everything of
 * the kernel's; {@link org.patchbay.tap.FrameReader} and {@link org.patchbay.tap.FrameWriter} move
 * frames, {@link org.patchbay.tap.OffloadHeader} turns a packet's metadata into a virtio-net
 * header; {@link org.patchbay.tap.TapQueue} joins them to the contract.
 *
 * <p><b>Threads.</b> As {@link org.patchbay.api.Endpoint} and {@link org.patchbay.api.Queue} say:
 * the coordinator calls the endpoint, one worker the queue, any thread asks for an inspection.
 * Nothing here blocks, and there are no threads of its own but the short-lived one that enters a
 * network namespace.
 */
@NullMarked
package org.patchbay.tap;

import org.jspecify.annotations.NullMarked;
