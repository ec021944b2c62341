/**
 * The fault backend: an endpoint that misbehaves as it is told, so that a platform, or a vendor,
 * can see what a bad backend does; and a middleware that delays, drops, doubles, reorders and
 * corrupts the frames of another endpoint. {@code docs/faults.md} is its manual.
 *
 * <p><b>How one gets at it.</b> Each factory configuration {@code org.patchbay.fault~NAME} makes
 * one endpoint and registers it as an {@link org.patchbay.api.Endpoint}; its keys are those of
 * {@link org.patchbay.fault.FaultConfiguration}. Nobody imports this package.
 *
 * <p><b>Parts.</b> {@link org.patchbay.fault.Fault} lists what can go wrong and {@link
 * org.patchbay.fault.Call} where. Each method of {@link org.patchbay.fault.FaultyEndpoint} and
 * {@link org.patchbay.fault.FaultyQueue} asks one place, {@link org.patchbay.fault.FaultSwitch},
 * whether its fault is due. What any method can do wrong is a {@link org.patchbay.fault.Deed}, what
 * takes a queue's arguments a {@link org.patchbay.fault.QueueFault}. Beneath them, {@link
 * org.patchbay.fault.DisturbedQueue} is the middleware, and itself keeps the contract.
 *
 * <p><b>Threads.</b> As {@link org.patchbay.api.Endpoint} and {@link org.patchbay.api.Queue} say.
 * Threads of its own there are only where they are the fault, for a delay's end, and to end a
 * native call; all end with the configuration.
 */
@NullMarked
package org.patchbay.fault;

import org.jspecify.annotations.NullMarked;
