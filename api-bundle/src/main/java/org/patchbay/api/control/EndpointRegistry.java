package org.patchbay.api.control;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The endpoints there are; an OSGi service of the disconnectable bundle. Any thread. */
@ProviderType
public interface EndpointRegistry {

  /** All endpoint services, shadowed ones included, sorted by name, then by service id. */
  List<EndpointInfo> endpoints();

  /**
   * Threads that control calls of endpoints hold for ever, oldest first, as long as they do. (One
   * in a queue's call is a worker's, and its NIC's inspection names it.) None where nobody counts.
   */
  default List<StuckThread> stuckThreads() {
    return List.of();
  }
}
