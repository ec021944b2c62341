package org.patchbay.disconnectable;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.patchbay.api.Endpoint;
import org.patchbay.api.control.EndpointInfo;

/**
 * An endpoint service as its properties describe it.
 *
 * @param reference the framework's handle
 * @param serviceId its service id
 * @param name its endpoint name, or {@code service.ID} if it has none
 */
record TrackedEndpoint(ServiceReference<Endpoint> reference, long serviceId, String name) {

  static TrackedEndpoint of(ServiceReference<Endpoint> reference) {
    long id = (Long) reference.getProperty(Constants.SERVICE_ID);
    String name =
        reference.getProperty(Endpoint.PROPERTY_NAME) instanceof String text && !text.isEmpty()
            ? text
            : "service." + id;
    return new TrackedEndpoint(reference, id, name);
  }

  /** Whether each plug takes an instance of its own. */
  boolean isPrototype() {
    return Constants.SCOPE_PROTOTYPE.equals(reference.getProperty(Constants.SERVICE_SCOPE));
  }

  /** The bundle, for operators' sentences. */
  String origin() {
    Bundle bundle = reference.getBundle();
    return bundle == null
        ? "a bundle that is gone"
        : "bundle " + bundle.getSymbolicName() + " " + bundle.getVersion();
  }

  /** The bundle's installation or update that the endpoint is of, with the endpoint's type. */
  String provenance() {
    Bundle bundle = reference.getBundle();
    return origin()
        + " of "
        + (bundle == null ? 0 : bundle.getLastModified())
        + ", type "
        + text(Endpoint.PROPERTY_TYPE);
  }

  /** Everything the registry shows. */
  EndpointInfo info(boolean shadowed, List<String> usedBy) {
    Bundle bundle = reference.getBundle();
    return new EndpointInfo(
        name,
        text(Endpoint.PROPERTY_TYPE),
        bundle == null ? "" : String.valueOf(bundle.getSymbolicName()),
        bundle == null ? "" : bundle.getVersion().toString(),
        vendor(bundle),
        isPrototype(),
        shadowed,
        usedBy,
        Boolean.TRUE.equals(reference.getProperty(Endpoint.PROPERTY_ORDERED)),
        reference.getProperty(Endpoint.PROPERTY_MAX_QUEUES) instanceof Number n ? n.intValue() : 1,
        texts(reference.getProperty(Endpoint.PROPERTY_OFFLOADS)),
        reference.getProperty(Endpoint.PROPERTY_LINK_SPEED) instanceof Number n
            ? n.longValue()
            : Endpoint.DEFAULT_LINK_SPEED);
  }

  private String text(String key) {
    return reference.getProperty(key) instanceof String text ? text : "";
  }

  private static String vendor(@Nullable Bundle bundle) {
    String vendor = bundle == null ? null : bundle.getHeaders("").get(Constants.BUNDLE_VENDOR);
    return vendor == null ? "" : vendor;
  }

  private static List<String> texts(@Nullable Object value) {
    return switch (value) {
      case String one -> List.of(one);
      case String[] many -> List.of(many);
      case Collection<?> many -> many.stream().map(String::valueOf).toList();
      case null, default -> List.of();
    };
  }
}
