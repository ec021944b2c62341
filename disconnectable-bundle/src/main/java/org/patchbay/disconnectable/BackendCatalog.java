package org.patchbay.disconnectable;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.patchbay.api.BackendNamespace;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

/** The backend types that started bundles offer, as their capabilities say. Any thread. */
final class BackendCatalog {

  private final BundleContext context;

  BackendCatalog(BundleContext context) {
    this.context = context;
  }

  /** Factory PIDs by type; an empty PID where endpoints are there without a configuration. */
  SortedMap<String, String> types() {
    SortedMap<String, String> types = new TreeMap<>();
    for (Bundle bundle : context.getBundles()) {
      BundleWiring wiring = bundle.adapt(BundleWiring.class);
      // One that is installed but not started makes no endpoints.
      if (wiring == null || (bundle.getState() & (Bundle.ACTIVE | Bundle.STARTING)) == 0) {
        continue;
      }
      for (BundleCapability capability :
          wiring.getCapabilities(BackendNamespace.BACKEND_NAMESPACE)) {
        Map<String, Object> attributes = capability.getAttributes();
        if (attributes.get(BackendNamespace.BACKEND_NAMESPACE) instanceof String type) {
          String pid =
              attributes.get(BackendNamespace.CAPABILITY_PID_ATTRIBUTE) instanceof String text
                  ? text
                  : "";
          types.merge(type, pid, (first, second) -> first.isEmpty() ? second : first);
        }
      }
    }
    return types;
  }

  /** Factory PIDs whose configurations make endpoints. */
  Set<String> pids() {
    return types().values().stream().filter(pid -> !pid.isEmpty()).collect(Collectors.toSet());
  }

  /**
   * The factory PID of a type.
   *
   * @throws EndpointException {@link EndpointError#NO_SUCH_TYPE}, with the types there are
   */
  String pid(String type) throws EndpointException {
    SortedMap<String, String> types = types();
    String pid = types.get(type);
    if (pid != null && !pid.isEmpty()) {
      return pid;
    }
    types.values().removeIf(String::isEmpty);
    String creatable = types.isEmpty() ? "none" : String.join(", ", types.keySet());
    throw new EndpointException(
        EndpointError.NO_SUCH_TYPE,
        pid == null
            ? "'" + type + "'; there are " + creatable
            : "'"
                + type
                + "' needs no configuration, plug it by its name; types to create are "
                + creatable);
  }

  /** Who made a type's backend in a bundle, as its capability says, else the bundle; or nobody. */
  static String vendor(Bundle bundle, String type) {
    BundleRevision revision = bundle.adapt(BundleRevision.class);
    if (revision != null) { // it is null once the bundle is uninstalled
      for (BundleCapability capability :
          revision.getDeclaredCapabilities(BackendNamespace.BACKEND_NAMESPACE)) {
        Map<String, Object> attributes = capability.getAttributes();
        if (type.equals(attributes.get(BackendNamespace.BACKEND_NAMESPACE))
            && attributes.get(BackendNamespace.CAPABILITY_VENDOR_ATTRIBUTE) instanceof String it) {
          return it;
        }
      }
    }
    String vendor = bundle.getHeaders("").get(Constants.BUNDLE_VENDOR);
    return vendor == null ? "" : vendor;
  }
}
