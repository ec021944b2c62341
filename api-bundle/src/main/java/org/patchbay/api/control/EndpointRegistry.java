package org.patchbay.api.control;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The endpoints there are; an OSGi service of the disconnectable bundle. Any thread. */
@ProviderType
public interface EndpointRegistry {

  /** All endpoint services, shadowed ones included, sorted by name, then by service id. */
  List<EndpointInfo> endpoints();
}
