package org.patchbay.conformance.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeInformation;
import org.osgi.service.metatype.MetaTypeService;
import org.patchbay.api.BackendNamespace;
import org.patchbay.api.Endpoint;

/**
 * Finds the backends of a bundle: by the capabilities that it declares, else by the factory PIDs of
 * its metatype and its components, and by the services that it registered.
 */
final class Backends {

  private static final String UNNAMED = "unnamed";

  private final BundleContext context;
  private final ServiceComponentRuntime components;
  private final @Nullable MetaTypeService metatypes;
  private final Bundle bundle;

  Backends(
      BundleContext context,
      ServiceComponentRuntime components,
      @Nullable MetaTypeService metatypes,
      Bundle bundle) {
    this.context = context;
    this.components = components;
    this.metatypes = metatypes;
    this.bundle = bundle;
  }

  /** All backends of the bundle. */
  private List<Backend> all() {
    Map<String, Backend> backends = new TreeMap<>();
    BundleWiring wiring = bundle.adapt(BundleWiring.class);
    List<BundleCapability> capabilities =
        wiring == null ? List.of() : wiring.getCapabilities(BackendNamespace.BACKEND_NAMESPACE);
    for (BundleCapability capability : capabilities) {
      Map<String, Object> attributes = capability.getAttributes();
      if (attributes.get(BackendNamespace.BACKEND_NAMESPACE) instanceof String type) {
        Object pid = attributes.get(BackendNamespace.CAPABILITY_PID_ATTRIBUTE);
        backends.put(type, new Backend(type, pid instanceof String text ? text : ""));
      }
    }
    if (backends.isEmpty()) {
      for (String pid : factoryPids()) {
        backends.put(pid, new Backend(pid, pid));
      }
    }
    for (ServiceReference<Endpoint> reference : services()) {
      String type = typeOf(reference);
      backends.putIfAbsent(type, new Backend(type, ""));
    }
    return List.copyOf(backends.values());
  }

  private List<String> factoryPids() {
    MetaTypeInformation information = information();
    if (information != null && information.getFactoryPids() != null) {
      List<String> pids = List.of(information.getFactoryPids());
      if (!pids.isEmpty()) {
        return pids;
      }
    }
    return ComponentReasons.requiredPids(components, bundle);
  }

  private @Nullable MetaTypeInformation information() {
    return metatypes == null ? null : metatypes.getMetaTypeInformation(bundle);
  }

  /** The type of an endpoint's service. */
  static String typeOf(ServiceReference<Endpoint> reference) {
    return reference.getProperty(Endpoint.PROPERTY_TYPE) instanceof String type ? type : UNNAMED;
  }

  /** The endpoint services that the bundle has registered. */
  List<ServiceReference<Endpoint>> services() {
    List<ServiceReference<Endpoint>> found = new ArrayList<>();
    for (ServiceReference<?> reference : registered()) {
      if (List.of((String[]) reference.getProperty("objectClass"))
          .contains(Endpoint.class.getName())) {
        @SuppressWarnings("unchecked") // its class is among those registered
        ServiceReference<Endpoint> endpoint = (ServiceReference<Endpoint>) reference;
        if (endpoint.isAssignableTo(context.getBundle(), Endpoint.class.getName())) {
          found.add(endpoint);
        }
      }
    }
    return found;
  }

  private ServiceReference<?>[] registered() {
    ServiceReference<?>[] references = bundle.getRegisteredServices();
    return references == null ? new ServiceReference<?>[0] : references;
  }

  /**
   * The backends to run.
   *
   * @throws CommandException if the request names none
   */
  List<Backend> chosen(Request request) throws CommandException {
    List<Backend> all = all();
    String type = request.type();
    List<Backend> wanted =
        type == null ? all : all.stream().filter(one -> one.type().equals(type)).toList();
    if (wanted.isEmpty()) {
      throw new CommandException(
          type == null
              ? name() + " offers no endpoint: it declares no backend, " + noService()
              : name() + " has no backend of type '" + type + "'; it has " + typesOf(all) + ".");
    }
    List<Backend> plain = wanted.stream().filter(one -> !one.isConfigured()).toList();
    List<Backend> configured = wanted.stream().filter(Backend::isConfigured).toList();
    if (request.keys().isEmpty()) {
      if (plain.isEmpty()) {
        throw new CommandException(needsKeys(request, configured.getFirst()));
      }
      return plain;
    }
    if (configured.isEmpty()) {
      throw new CommandException(
          "type "
              + typesOf(wanted)
              + " of "
              + name()
              + " takes no configuration: leave out "
              + String.join(", ", request.keys().keySet())
              + ".");
    }
    if (configured.size() > 1) {
      throw new CommandException(
          name()
              + " has several types with a configuration: choose one of "
              + typesOf(configured)
              + " with type=TYPE.");
    }
    return configured;
  }

  /** Notes on backends that are not run, as sentences. */
  List<String> notRun(Request request, List<Backend> chosen) {
    List<String> notes = new ArrayList<>();
    for (Backend backend : all()) {
      boolean asked = request.type() == null || backend.type().equals(request.type());
      if (asked && !chosen.contains(backend)) {
        notes.add(
            backend.isConfigured()
                ? needsKeys(request, backend)
                : "type " + backend.type() + " takes no configuration and was not run.");
      }
    }
    return notes;
  }

  private String needsKeys(Request request, Backend backend) {
    String keys = keysOf(backend.pid());
    return "type "
        + backend.type()
        + " needs a configuration: ./patchbay conformance "
        + request.bundle().getFileName()
        + " type="
        + backend.type()
        + " KEY=VALUE…"
        + (keys.isEmpty() ? "." : " with keys out of " + keys + ".");
  }

  private String keysOf(String pid) {
    MetaTypeInformation information = information();
    if (information == null) {
      return "";
    }
    List<String> keys = new ArrayList<>();
    try {
      for (AttributeDefinition attribute :
          information
              .getObjectClassDefinition(pid, null)
              .getAttributeDefinitions(org.osgi.service.metatype.ObjectClassDefinition.ALL)) {
        keys.add(attribute.getID());
      }
    } catch (IllegalArgumentException e) {
      return ""; // it says nothing of this PID
    }
    return String.join(", ", keys);
  }

  /** Why there is no service, as the end of a sentence. */
  private String noService() {
    List<String> reasons = ComponentReasons.of(components, bundle);
    return "and no service "
        + Endpoint.class.getName()
        + " appeared within "
        + ServiceFixture.APPEARS.toSeconds()
        + " s"
        + (reasons.isEmpty()
            ? "; no component of it failed, but none registers one, and neither does its activator."
            : ": " + String.join("; ", reasons) + ".");
  }

  /** Whether the bundle says that it offers backends. */
  boolean areDeclared() {
    return !all().isEmpty();
  }

  private static String typesOf(List<Backend> backends) {
    return backends.isEmpty()
        ? "none"
        : backends.stream().map(Backend::type).collect(Collectors.joining(", "));
  }

  private String name() {
    return "bundle " + bundle.getSymbolicName();
  }
}
