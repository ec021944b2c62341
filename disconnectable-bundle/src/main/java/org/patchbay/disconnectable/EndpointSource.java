package org.patchbay.disconnectable;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;

/** Where plugs come from: the endpoint services there are. Any thread but coordinator or worker. */
interface EndpointSource {

  /**
   * An endpoint service that a failover filter matches.
   *
   * @param name the name that it can be plugged by
   * @param serviceId its service id
   */
  record Match(String name, long serviceId) {}

  /**
   * Claims an endpoint for a holder and takes its object from the framework.
   *
   * @throws EndpointException {@link org.patchbay.api.EndpointError#NO_SUCH_ENDPOINT}, {@link
   *     org.patchbay.api.EndpointError#CLAIMED}, or {@link
   *     org.patchbay.api.EndpointError#BACKEND_FAILED} if its bundle gives no object
   */
  Lease lease(String endpoint, Holder holder) throws EndpointException;

  /** Whether a service is still registered and not leaving. */
  boolean isPresent(long serviceId);

  /**
   * Whether the bundle of a service keeps threads, so that nothing of it is taken unless somebody
   * asks for it.
   */
  default boolean isTroubled(long serviceId) {
    return false;
  }

  /** Whether an endpoint of that name can be plugged, and as which service, or null. */
  @Nullable Match named(String endpoint);

  /** Services that a filter matches, the best first: by ranking, then by lowest service id. */
  List<Match> matches(String filter);
}
