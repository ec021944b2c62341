package org.patchbay.api;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Makes ready endpoints of a backend type with parameters, and removes them. An OSGi service.
 *
 * <p>Thread-safe. Calls wait for the framework, bounded, so the packet path stays away from it.
 */
@ProviderType
public interface EndpointResolver {

  /** The backend types that an endpoint can be created of, sorted. */
  List<String> types();

  /**
   * Creates an endpoint: stores the configuration that makes the backend register it, and waits
   * until it is there.
   *
   * @param type a backend type
   * @param parameters the backend's own keys; {@code name} is the endpoint's name and defaults to
   *     the type with the lowest number that is free
   * @return the name under which the endpoint can be plugged
   * @throws EndpointException {@link EndpointError#NO_SUCH_TYPE} with the types there are, {@link
   *     EndpointError#NAME_TAKEN}, {@link EndpointError#INVALID_CONFIGURATION} with the backend's
   *     reason, or {@link EndpointError#TIMED_OUT}; nothing is left behind
   * @throws InterruptedException when interrupted; nothing is left behind
   */
  String create(String type, Map<String, String> parameters)
      throws EndpointException, InterruptedException;

  /**
   * Removes an endpoint that {@link #create} or a configuration file made.
   *
   * @throws EndpointException {@link EndpointError#NO_SUCH_ENDPOINT}, or {@link
   *     EndpointError#UNSUPPORTED} if no configuration made it
   * @throws InterruptedException when interrupted
   */
  void delete(String name) throws EndpointException, InterruptedException;
}
