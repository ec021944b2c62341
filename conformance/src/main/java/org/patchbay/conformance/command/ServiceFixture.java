package org.patchbay.conformance.command;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.patchbay.api.Endpoint;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.conformance.Fixture;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;

/**
 * A backend of a bundle as the kit's fixture: each check gets an instance of its own, made by a
 * configuration where the backend needs one, else taken from the service that is there.
 */
final class ServiceFixture implements Fixture {

  /** How long a service may take to appear, and to go. */
  static final Duration APPEARS = Duration.ofSeconds(5);

  private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final long LOOK_NANOS = 2_000_000;
  private static final String NAME = "name";

  private final BundleContext context;
  private final Bundle bundle;
  private final Backends backends;
  private final Backend backend;
  private final Request request;
  private final ConfigurationAdmin configurations;
  private final ServiceComponentRuntime components;
  private final WorkerWaitFactory waits;
  private volatile FrameFate fate = FrameFate.UNKNOWN;

  ServiceFixture(
      BundleContext context,
      Bundle bundle,
      Backends backends,
      Backend backend,
      Request request,
      ConfigurationAdmin configurations,
      ServiceComponentRuntime components,
      WorkerWaitFactory waits) {
    this.context = context;
    this.bundle = bundle;
    this.backends = backends;
    this.backend = backend;
    this.request = request;
    this.configurations = configurations;
    this.components = components;
    this.waits = waits;
  }

  /** Sets what was found out of the fate of frames. */
  void setFate(FrameFate found) {
    fate = found;
  }

  @Override
  public String name() {
    return backend.type();
  }

  @Override
  public FrameFate fate() {
    return fate;
  }

  @Override
  public WorkerWaitFactory waits() {
    return waits;
  }

  @Override
  public Duration limit() {
    return CHECK_LIMIT;
  }

  @Override
  public Duration patience() {
    return PATIENCE;
  }

  @Override
  public Subject open() throws CommandException, IOException {
    return backend.isConfigured() ? openConfigured() : openPlain();
  }

  private Subject openPlain() throws CommandException {
    ServiceReference<Endpoint> reference = await(Set.of(), null);
    return take(reference, () -> {});
  }

  private Subject openConfigured() throws CommandException, IOException {
    Set<Object> before = new HashSet<>();
    backends.services().forEach(reference -> before.add(id(reference)));
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(NAME, "conformance");
    request.keys().forEach(properties::put);
    Configuration configuration =
        configurations.getFactoryConfiguration(
            backend.pid(), String.valueOf(properties.get(NAME)), "?");
    configuration.update(properties);
    try {
      ServiceReference<Endpoint> reference = await(before, configuration.getPid());
      return take(reference, () -> delete(configuration, reference));
    } catch (CommandException | RuntimeException e) {
      configuration.delete();
      throw e;
    }
  }

  private Subject take(ServiceReference<Endpoint> reference, Subject.Release release)
      throws CommandException {
    ServiceObjects<Endpoint> objects = context.getServiceObjects(reference);
    Endpoint endpoint = objects == null ? null : objects.getService();
    if (objects == null || endpoint == null) {
      throw new CommandException(
          "the service of type " + backend.type() + " gives no object" + reasons() + ".");
    }
    return new Subject(
        endpoint,
        null,
        () -> {
          try {
            objects.ungetService(endpoint);
          } catch (IllegalStateException | IllegalArgumentException e) {
            // The service has left already.
          }
          release.run();
        });
  }

  private void delete(Configuration configuration, ServiceReference<Endpoint> reference)
      throws Exception {
    configuration.delete();
    if (!holdsInTime(() -> reference.getBundle() == null)) {
      throw new CommandException(
          "the configuration was deleted, and the service did not leave within "
              + APPEARS.toSeconds()
              + " s");
    }
  }

  /** Waits for a service of the backend that was not there before. */
  private ServiceReference<Endpoint> await(Set<Object> before, @Nullable String pid)
      throws CommandException {
    List<ServiceReference<Endpoint>> found = new ArrayList<>();
    boolean unused =
        holdsInTime(
            () -> {
              find(before, found);
              return !found.isEmpty() || (pid != null && failed(pid));
            });
    if (found.isEmpty()) {
      throw new CommandException(
          "the bundle "
              + bundle.getSymbolicName()
              + " registered no endpoint of type "
              + backend.type()
              + reasons()
              + ".");
    }
    return found.getFirst();
  }

  private void find(Set<Object> before, List<ServiceReference<Endpoint>> found) {
    for (ServiceReference<Endpoint> reference : backends.services()) {
      boolean isOfType =
          backend.isConfigured() || Backends.typeOf(reference).equals(backend.type());
      if (isOfType && !before.contains(id(reference))) {
        found.add(reference);
      }
    }
  }

  /** Whether a component has failed on a configuration: then no service comes any more. */
  private boolean failed(String pid) {
    return ComponentReasons.hasFailed(components, bundle, pid);
  }

  private String reasons() {
    List<String> reasons = ComponentReasons.of(components, bundle);
    return reasons.isEmpty()
        ? " within " + APPEARS.toSeconds() + " s"
        : ": " + String.join("; ", reasons);
  }

  private static Object id(ServiceReference<Endpoint> reference) {
    return reference.getProperty(Constants.SERVICE_ID);
  }

  private static boolean holdsInTime(BooleanSupplier condition) {
    long deadline = System.nanoTime() + APPEARS.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return true;
  }
}
