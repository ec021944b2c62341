/**
 * The null backend: accepts every packet, drops it, and never receives one. It is the model to copy
 * for a new backend: an endpoint, its queue, and a component that registers the endpoint.
 *
 * <p><b>How one gets at it.</b> The bundle registers an {@link org.patchbay.api.Endpoint} service
 * named {@code null} of prototype scope, so that each plug takes an instance of its own. Endpoint
 * and queue know nothing of OSGi, so that a bundle may also embed them.
 *
 * <p><b>Threads.</b> As {@link org.patchbay.api.Endpoint} and {@link org.patchbay.api.Queue} say:
 * the coordinator calls the endpoint, one worker each queue, any thread asks for an inspection.
 */
@NullMarked
package org.patchbay.nullendpoint;

import org.jspecify.annotations.NullMarked;
