/**
 * The control path: how NICs are listed, plugged and swapped.
 *
 * <p>A frontend asks the {@link org.patchbay.api.control.DisconnectableFactory} service for a
 * {@link org.patchbay.api.control.Disconnectable}, hands its endpoint to the engine, and never sees
 * a vendor's object. Operators reach the other end: a {@link
 * org.patchbay.api.control.DisconnectableControl} and a {@link org.patchbay.api.control.Nic} are
 * services under the NIC's name, and {@link org.patchbay.api.control.EndpointRegistry} lists what
 * can be plugged. Middleware claims the endpoint that it works around from {@link
 * org.patchbay.api.control.EndpointClaims}.
 *
 * <p><b>Threads.</b> Everything but {@link org.patchbay.api.control.DisconnectableEndpoint}, which
 * belongs to the NIC's coordinator, may be called by any thread.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.api.control;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
