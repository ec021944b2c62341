/**
 * The loopback backend: reflects every packet that it is given into a receive buffer.
 *
 * <p><b>How one gets at it.</b> The bundle registers an {@link org.patchbay.api.Endpoint} service
 * named {@code loopback} of prototype scope, so that each plug takes an instance of its own.
 *
 * <p><b>Threads.</b> As {@link org.patchbay.api.Endpoint} and {@link org.patchbay.api.Queue} say:
 * the coordinator calls the endpoint, one worker each queue, any thread asks for an inspection.
 */
@NullMarked
package org.patchbay.loopback;

import org.jspecify.annotations.NullMarked;
