/**
 * The contract between packet backends and the frontends that drive them.
 *
 * <p><b>What it is.</b> A backend implements {@link org.patchbay.api.Endpoint}, a factory of {@link
 * org.patchbay.api.Queue}s, and registers it as an OSGi service. A frontend owns the guest's memory
 * and rings; it reaches endpoints only through the disconnectable endpoint ({@link
 * org.patchbay.api.control}), which is what makes them exchangeable under a running guest.
 *
 * <p><b>Lifecycle.</b>
 *
 * <ol>
 *   <li>The frontend prepares a {@link org.patchbay.api.BufferAccess} for each queue and one {@link
 *       org.patchbay.api.QueueConfig} per queue that it wants.
 *   <li>It calls {@link org.patchbay.api.Endpoint#getQueues}, which answers exactly one queue per
 *       config, in their order, or fails and leaves nothing behind.
 *   <li>It posts receive buffers with {@link org.patchbay.api.Queue#rxAvail}.
 *   <li>It loops over {@link org.patchbay.api.Queue#pollReady}, {@link
 *       org.patchbay.api.Queue#rxPoll}, {@link org.patchbay.api.Queue#txAvail} and {@link
 *       org.patchbay.api.Queue#txPoll}, always on one thread per queue.
 *   <li>It closes every queue; what a queue still held is the frontend's again.
 *   <li>It calls {@link org.patchbay.api.Endpoint#stop}. {@code getQueues} may follow.
 * </ol>
 *
 * <p><b>Who owns a buffer.</b> A receive buffer is the backend's from {@code rxAvail} until {@code
 * rxPoll} hands its id back; a transmitted packet is the backend's from the {@code txAvail} that
 * accepted it until it is complete (at once, or by {@code txPoll}). Closing the queue returns both.
 *
 * <p><b>Threads.</b> A queue is driven by one thread at a time and needs no locks. Endpoint methods
 * are called by the coordinator of the NIC; {@link org.patchbay.api.Endpoint#inspect} and {@link
 * org.patchbay.api.Queue#statistics} by any thread. Each type says what differs.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
