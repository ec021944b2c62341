/**
 * The endpoint that stays while the real ones behind it come and go.
 *
 * <p><b>What it is.</b> Each NIC has one {@link org.patchbay.disconnectable.SwappingEndpoint},
 * which its engine drives. Behind it is one plugged endpoint, in a {@link
 * org.patchbay.disconnectable.FacadeEndpoint}, or the NIC's private fallback. The {@link
 * org.patchbay.disconnectable.EndpointTracker} follows the endpoint services, {@link
 * org.patchbay.disconnectable.FailoverPolicy} decides what a NIC takes when they come and go, and
 * {@link org.patchbay.disconnectable.ConfigurationResolver} makes new ones.
 *
 * <p><b>How one gets at it.</b> Only through the services of {@link org.patchbay.api.control} and
 * {@link org.patchbay.api.EndpointResolver}; the bundle exports nothing.
 *
 * <p><b>Threads.</b> Operators' requests come from any thread and are put into the NIC's {@link
 * org.patchbay.disconnectable.Mailbox}; the NIC's coordinator applies them one at a time and alone
 * has a plugged endpoint's {@code getQueues} and {@code stop} called, each control call on a thread
 * of {@link org.patchbay.disconnectable.CallThreads}, for which it waits bounded. Coordinator and
 * workers never call the framework: services are taken by the requester's thread or by an errand's
 * ({@link org.patchbay.disconnectable.Errands}), and given back by an errand's or, for a leaving
 * one, by the thread that announces the leaving.
 */
@NullMarked
package org.patchbay.disconnectable;

import org.jspecify.annotations.NullMarked;
