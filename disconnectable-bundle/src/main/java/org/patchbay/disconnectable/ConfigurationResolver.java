package org.patchbay.disconnectable;

import java.io.IOException;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.EndpointResolver;

/**
 * Makes endpoints by storing factory configurations of their backends, named {@code PID~NAME} as
 * configuration files are, and removes them by deleting these.
 */
@Component(service = EndpointResolver.class)
public final class ConfigurationResolver implements EndpointResolver {

  /** Key of every backend's configuration: the endpoint's name. */
  private static final String NAME = "name";

  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_MILLIS = 20;

  private final BundleContext context;
  private final ConfigurationAdmin configurations;
  private final ServiceComponentRuntime components;
  private final BackendCatalog catalog;

  /** For the component runtime. */
  @Activate
  public ConfigurationResolver(
      BundleContext context,
      @Reference ConfigurationAdmin configurations,
      @Reference ServiceComponentRuntime components) {
    this.context = context;
    this.configurations = configurations;
    this.components = components;
    catalog = new BackendCatalog(context);
  }

  @Override
  public List<String> types() {
    Map<String, String> types = catalog.types();
    types.values().removeIf(String::isEmpty);
    return List.copyOf(types.keySet());
  }

  @Override
  public String create(String type, Map<String, String> parameters)
      throws EndpointException, InterruptedException {
    String factoryPid = catalog.pid(type);
    String wanted = parameters.get(NAME);
    String name = wanted == null ? freeName(type, factoryPid) : wanted;
    if (!EndpointNames.isValid(name)) {
      throw new EndpointException(
          EndpointError.INVALID_CONFIGURATION,
          "name is " + Sentences.quote(name) + "; " + EndpointNames.RULE);
    }
    if (find(name) != null || stored(factoryPid, name) != null) {
      throw new EndpointException(EndpointError.NAME_TAKEN, "endpoint " + name + " exists");
    }
    Dictionary<String, Object> properties = new Hashtable<>();
    parameters.forEach(properties::put);
    properties.put(NAME, name);
    String pid = null;
    try {
      Configuration configuration = configurations.getFactoryConfiguration(factoryPid, name, "?");
      pid = configuration.getPid();
      configuration.update(properties);
    } catch (IOException e) {
      if (pid != null) {
        deleteQuietly(pid);
      }
      throw notStored(name, e);
    }
    String stored = pid;
    try {
      await(
          name,
          () -> isReady(name, factoryPid, stored),
          "the backend of type " + type + " registered no endpoint " + name);
      return name;
    } catch (EndpointException e) {
      deleteQuietly(stored);
      awaitForgotten(name, factoryPid, stored);
      throw e;
    } catch (InterruptedException e) {
      deleteQuietly(stored);
      throw e;
    }
  }

  /** Waits until the component runtime has let go of a deleted configuration and its failure. */
  private void awaitForgotten(String name, String factoryPid, String pid)
      throws EndpointException, InterruptedException {
    await(
        name,
        () -> RefusalReason.find(components, factoryPid, pid) == null,
        "configuration " + pid + " was deleted, but its component stays");
  }

  private boolean isReady(String name, String factoryPid, String pid) throws EndpointException {
    String refused = RefusalReason.find(components, factoryPid, pid);
    if (refused != null) {
      String prefix = EndpointError.INVALID_CONFIGURATION.sentence() + ": ";
      throw new EndpointException(
          EndpointError.INVALID_CONFIGURATION,
          refused.startsWith(prefix) ? refused.substring(prefix.length()) : refused);
    }
    ServiceReference<Endpoint> reference = find(name);
    return reference != null && gives(reference);
  }

  /** Whether a service gives its object: a component that is activated late may still refuse. */
  private boolean gives(ServiceReference<Endpoint> reference) {
    try {
      if (context.getService(reference) == null) {
        return false;
      }
      context.ungetService(reference);
      return true;
    } catch (RuntimeException e) { // a vendor's, or the service has left
      return false;
    }
  }

  @Override
  public void delete(String name) throws EndpointException, InterruptedException {
    try {
      ServiceReference<Endpoint> reference = find(name);
      Configuration configuration = reference == null ? refused(name) : configurationOf(reference);
      if (configuration == null && reference == null) {
        throw new EndpointException(EndpointError.NO_SUCH_ENDPOINT, "'" + name + "'");
      }
      if (configuration == null) {
        throw new EndpointException(
            EndpointError.UNSUPPORTED,
            "endpoint " + name + " is there without a configuration; stop its bundle instead");
      }
      String pid = configuration.getPid();
      String factoryPid = String.valueOf(configuration.getFactoryPid());
      configuration.delete();
      await(
          name,
          () -> reference == null || reference.getBundle() == null,
          "configuration " + pid + " was deleted, but endpoint " + name + " did not leave");
      awaitForgotten(name, factoryPid, pid);
    } catch (IOException | IllegalStateException e) {
      throw new EndpointException(
          EndpointError.SYSTEM_CALL_FAILED, "the configuration of endpoint " + name + " stays", e);
    }
  }

  /** The configuration of an endpoint that its backend refused, so that there is no service. */
  private @Nullable Configuration refused(String name) throws EndpointException {
    for (String factoryPid : catalog.pids()) {
      Configuration configuration = stored(factoryPid, name);
      if (configuration != null) {
        return configuration;
      }
    }
    return null;
  }

  private interface Condition {
    boolean holds() throws EndpointException;
  }

  /** Waits until a condition on an endpoint's service holds. */
  private void await(String name, Condition condition, String otherwise)
      throws EndpointException, InterruptedException {
    long deadline = System.nanoTime() + WAIT_NANOS;
    Semaphore changes = new Semaphore(0);
    ServiceListener listener = event -> changes.release();
    try {
      context.addServiceListener(listener, filter(name));
      while (!condition.holds()) {
        if (deadline - System.nanoTime() <= 0) {
          throw new EndpointException(
              EndpointError.TIMED_OUT,
              otherwise + " within " + TimeUnit.NANOSECONDS.toSeconds(WAIT_NANOS) + " s");
        }
        // Neither a failed activation nor the end of an unregistration sends an event: look again.
        changes.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        changes.drainPermits();
      }
    } catch (InvalidSyntaxException e) {
      throw new AssertionError("values in the filter are escaped", e);
    } finally {
      context.removeServiceListener(listener);
    }
  }

  private @Nullable Configuration configurationOf(ServiceReference<Endpoint> reference)
      throws IOException {
    if (!(reference.getProperty(Constants.SERVICE_PID) instanceof String pid)) {
      return null;
    }
    return one("(" + Constants.SERVICE_PID + "=" + escape(pid) + ")");
  }

  private @Nullable Configuration stored(String factoryPid, String name) throws EndpointException {
    try {
      Configuration named =
          one("(" + Constants.SERVICE_PID + "=" + escape(factoryPid + "~" + name) + ")");
      return named != null
          ? named
          : one(
              "(&("
                  + ConfigurationAdmin.SERVICE_FACTORYPID
                  + "="
                  + escape(factoryPid)
                  + ")("
                  + NAME
                  + "="
                  + escape(name)
                  + "))");
    } catch (IOException e) {
      throw notStored(name, e);
    }
  }

  private @Nullable Configuration one(String filter) throws IOException {
    try {
      Configuration[] found = configurations.listConfigurations(filter);
      return found == null ? null : found[0];
    } catch (InvalidSyntaxException e) {
      throw new AssertionError("values in the filter are escaped", e);
    }
  }

  private @Nullable ServiceReference<Endpoint> find(String name) {
    try {
      // Of several with one name the lowest service id has it, whatever their rankings.
      ServiceReference<Endpoint> first = null;
      for (ServiceReference<Endpoint> reference :
          context.getServiceReferences(Endpoint.class, filter(name))) {
        if (first == null || id(reference) < id(first)) {
          first = reference;
        }
      }
      return first;
    } catch (InvalidSyntaxException e) {
      throw new AssertionError("values in the filter are escaped", e);
    }
  }

  private static long id(ServiceReference<Endpoint> reference) {
    return (Long) reference.getProperty(Constants.SERVICE_ID);
  }

  private String freeName(String type, String factoryPid) throws EndpointException {
    int number = 0;
    while (find(type + number) != null || stored(factoryPid, type + number) != null) {
      number++;
    }
    return type + number;
  }

  private static String filter(String name) {
    return "(&("
        + Constants.OBJECTCLASS
        + "="
        + Endpoint.class.getName()
        + ")("
        + Endpoint.PROPERTY_NAME
        + "="
        + escape(name)
        + "))";
  }

  /** A value as an LDAP filter takes it literally. */
  static String escape(String value) {
    StringBuilder escaped = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '(' || c == ')' || c == '*' || c == '\\') {
        escaped.append('\\');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }

  private static EndpointException notStored(String name, IOException e) {
    return new EndpointException(
        EndpointError.SYSTEM_CALL_FAILED,
        "the configuration of endpoint " + name + " can't be stored",
        e);
  }

  private void deleteQuietly(String pid) {
    try {
      Configuration configuration = one("(" + Constants.SERVICE_PID + "=" + escape(pid) + ")");
      if (configuration != null) {
        configuration.delete();
      }
    } catch (IOException | IllegalStateException e) {
      // What matters is why it could not be created, which is on its way to the caller.
    }
  }
}
