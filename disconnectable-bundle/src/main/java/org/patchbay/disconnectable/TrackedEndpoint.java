package org.patchbay.disconnectable;

import java.util.Dictionary;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.patchbay.api.Endpoint;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.control.EndpointInfo;

/**
 * An endpoint service as its properties describe it.
 *
 * @param reference the framework's handle
 * @param serviceId its service id
 * @param name its endpoint name, or {@code service.ID} if it has none that is allowed
 * @param problem what is wrong with the name, as a sentence, or null
 * @param properties those of its properties that are plain
 */
record TrackedEndpoint(
    ServiceReference<Endpoint> reference,
    long serviceId,
    String name,
    @Nullable String problem,
    Dictionary<String, Object> properties) {

  private static final int MOST_TEXT = 64;
  private static final Set<String> OFFLOADS = Set.copyOf(TxOffloadSupport.ALL.names());

  static TrackedEndpoint of(ServiceReference<Endpoint> reference) {
    long id = (Long) reference.getProperty(Constants.SERVICE_ID);
    Object given = reference.getProperty(Endpoint.PROPERTY_NAME);
    Dictionary<String, Object> properties = ServiceText.of(reference);
    if (given instanceof String text && EndpointNames.isValid(text)) {
      return new TrackedEndpoint(reference, id, text, null, properties);
    }
    String wrong =
        switch (given) {
          case null -> "is missing";
          case String text -> "is " + Sentences.quote(text);
          default -> "is of " + Sentences.quote(given.getClass().getName());
        };
    String problem =
        Endpoint.PROPERTY_NAME
            + " of an endpoint of "
            + origin(reference)
            + " "
            + wrong
            + "; "
            + EndpointNames.RULE
            + "; it is called service."
            + id;
    return new TrackedEndpoint(reference, id, "service." + id, problem, properties);
  }

  /** Whether each plug takes an instance of its own. */
  boolean isPrototype() {
    return Constants.SCOPE_PROTOTYPE.equals(reference.getProperty(Constants.SERVICE_SCOPE));
  }

  /** The bundle, for operators' sentences. */
  String origin() {
    return origin(reference);
  }

  private static String origin(ServiceReference<?> reference) {
    Bundle bundle = reference.getBundle();
    return bundle == null
        ? "a bundle that is gone"
        : "bundle " + bundle.getSymbolicName() + " " + bundle.getVersion();
  }

  /** Everything the registry shows. */
  EndpointInfo info(boolean shadowed, List<String> usedBy) {
    Bundle bundle = reference.getBundle();
    return new EndpointInfo(
        name,
        text(Endpoint.PROPERTY_TYPE),
        bundle == null ? "" : String.valueOf(bundle.getSymbolicName()),
        bundle == null ? "" : bundle.getVersion().toString(),
        bundle == null
            ? ""
            : Sentences.clip(
                BackendCatalog.vendor(bundle, text(Endpoint.PROPERTY_TYPE)), MOST_TEXT),
        isPrototype(),
        shadowed,
        usedBy,
        Boolean.TRUE.equals(properties.get(Endpoint.PROPERTY_ORDERED)),
        properties.get(Endpoint.PROPERTY_MAX_QUEUES) instanceof Number n
            ? Math.clamp(n.longValue(), 1, 65535)
            : 1,
        offloads(),
        properties.get(Endpoint.PROPERTY_LINK_SPEED) instanceof Number n && n.longValue() >= 0
            ? n.longValue()
            : Endpoint.DEFAULT_LINK_SPEED);
  }

  private String text(String key) {
    return properties.get(key) instanceof String text ? Sentences.clip(text, MOST_TEXT) : "";
  }

  private List<String> offloads() {
    return switch (properties.get(Endpoint.PROPERTY_OFFLOADS)) {
      case String one -> OFFLOADS.contains(one) ? List.of(one) : List.of();
      case List<?> many ->
          many.stream().map(String.class::cast).filter(OFFLOADS::contains).distinct().toList();
      case null, default -> List.of();
    };
  }
}
