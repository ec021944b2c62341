package org.patchbay.nullendpoint;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.patchbay.api.Endpoint;
import org.patchbay.api.ProvidesBackend;

/**
 * Registers {@link NullEndpoint} as a service. A class of its own, so that a bundle that embeds the
 * endpoint does not register it, too.
 */
@ProvidesBackend(type = NullEndpoint.TYPE, vendor = "Patchbay", version = "0.1.0")
@Component(
    service = Endpoint.class,
    scope = ServiceScope.PROTOTYPE,
    property = {
      Endpoint.PROPERTY_NAME + "=null",
      Endpoint.PROPERTY_TYPE + "=" + NullEndpoint.TYPE,
      Endpoint.PROPERTY_ORDERED + ":Boolean=true",
      Endpoint.PROPERTY_MAX_QUEUES + ":Integer=" + NullEndpoint.MAX_QUEUES,
      Endpoint.PROPERTY_OFFLOADS + "=ipv4-header",
      Endpoint.PROPERTY_OFFLOADS + "=tcp",
      Endpoint.PROPERTY_OFFLOADS + "=udp",
      Endpoint.PROPERTY_OFFLOADS + "=tso",
      Endpoint.PROPERTY_OFFLOADS + "=uso",
      Endpoint.PROPERTY_LINK_SPEED + ":Long=" + Endpoint.DEFAULT_LINK_SPEED
    })
public final class NullComponent extends NullEndpoint {

  /** For the component runtime: one instance per plug. */
  public NullComponent() {}
}
