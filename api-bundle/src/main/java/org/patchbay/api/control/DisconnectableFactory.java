package org.patchbay.api.control;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;

/** Makes disconnectable endpoints; an OSGi service of the disconnectable bundle. Any thread. */
@ProviderType
public interface DisconnectableFactory {

  /**
   * Makes the disconnectable of a NIC and registers its control under the NIC's name.
   *
   * @return the pair; the caller closes it
   * @throws EndpointException {@link org.patchbay.api.EndpointError#NAME_TAKEN} if a NIC of that
   *     name exists, {@link org.patchbay.api.EndpointError#INVALID_CONFIGURATION} if the failover
   *     filter is not a filter
   */
  Disconnectable create(NicSettings settings) throws EndpointException;
}
