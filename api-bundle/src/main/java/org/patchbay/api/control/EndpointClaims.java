package org.patchbay.api.control;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;

/**
 * Claims endpoints for middleware: an endpoint that works around another one. An OSGi service of
 * the disconnectable bundle. Any thread but one within a call of an endpoint or queue.
 *
 * <p>A wrapper takes the endpoint it works around from here and never from the framework, so that
 * no NIC and no other wrapper can have it at the same time. It claims first, registers its own
 * {@code Endpoint} service then, and in the end unregisters before it closes the lease; so a ring
 * of wrappers can't come about. Who claims all the same what would close a ring is refused.
 *
 * <p>The service is one for each bundle that gets it. Leases that a bundle has not closed when it
 * gives the service back, or is stopped, are closed for it.
 */
@ProviderType
public interface EndpointClaims {

  /**
   * Claims an endpoint service by its name and takes its object: an instance of its own where the
   * service is a prototype.
   *
   * @param endpoint name of the endpoint to work around
   * @param holder name of the endpoint around it, under which the claim is shown to operators: 1 to
   *     64 letters, digits and the characters {@code . _ -}
   * @param leaving told once, on a thread of its own, that the endpoint leaves service; it has two
   *     seconds to unregister the wrapper and close the lease, and is not called after the lease
   *     was closed
   * @throws EndpointException {@link org.patchbay.api.EndpointError#NO_SUCH_ENDPOINT}, {@link
   *     org.patchbay.api.EndpointError#CLAIMED} (with the holder's name), {@link
   *     org.patchbay.api.EndpointError#INVALID_CONFIGURATION} (a ring, or the holder's name),
   *     {@link org.patchbay.api.EndpointError#BACKEND_FAILED}, {@link
   *     org.patchbay.api.EndpointError#GONE} or {@link org.patchbay.api.EndpointError#CLOSED};
   *     nothing is claimed then
   */
  EndpointLease claim(String endpoint, String holder, Runnable leaving) throws EndpointException;
}
