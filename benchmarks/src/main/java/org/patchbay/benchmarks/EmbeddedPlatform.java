package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;
import org.patchbay.api.Endpoint;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;

/**
 * The distribution's bundles in a framework inside this JVM, so that a bench can call their
 * services. The API's packages come from this class path, so that both sides mean the same types.
 */
final class EmbeddedPlatform {

  private static final String SHARED_PACKAGES =
      "org.patchbay.api;version=0.1.0,org.patchbay.api.control;version=0.1.0,"
          + "org.patchbay.api.driver;version=0.1.0,org.osgi.service.cm;version=1.6.1";

  /** Bundles that only people at a console need, or that would read configurations from files. */
  private static final List<String> LEFT_OUT = List.of("gogo", "shell-bundle", "fileinstall");

  private static final long STOP_MILLIS = 10_000;

  private final Framework framework;

  private EmbeddedPlatform(Framework framework) {
    this.framework = framework;
  }

  /** Starts the bundles of the distribution; the cleanup stops them. */
  static EmbeddedPlatform start(Yard yard) throws RigException {
    Cleanup cleanup = yard.cleanup();
    Path storage = TemporaryFolder.create(cleanup);
    try {
      EmbeddedPlatform platform =
          new EmbeddedPlatform(
              BundleFolder.start(
                  yard.distribution().folder().resolve("bundle"),
                  storage,
                  SHARED_PACKAGES,
                  jar -> LEFT_OUT.stream().noneMatch(jar::contains)));
      cleanup.add("the embedded platform", platform::stop);
      return platform;
    } catch (BundleException | IOException e) {
      throw new RigException("The embedded platform can't be started: " + e.getMessage(), e);
    }
  }

  private void stop() throws BundleException, InterruptedException {
    framework.stop();
    framework.waitForStop(STOP_MILLIS);
  }

  /** To register services of the bench's own. */
  BundleContext context() {
    return framework.getBundleContext();
  }

  /** Registers an endpoint of the bench's own under a name. */
  void register(String name, Endpoint endpoint) {
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put(Endpoint.PROPERTY_NAME, name);
    properties.put(Endpoint.PROPERTY_TYPE, endpoint.endpointType());
    properties.put(Endpoint.PROPERTY_ORDERED, endpoint.isOrdered());
    context().registerService(Endpoint.class, endpoint, properties);
  }

  /** Makes a factory configuration. */
  void configure(String factoryPid, String name, Map<String, Object> properties)
      throws RigException, InterruptedException {
    try {
      Configuration configuration =
          service(ConfigurationAdmin.class, null).getFactoryConfiguration(factoryPid, name, "?");
      configuration.update(new Hashtable<>(properties));
    } catch (IOException e) {
      throw new RigException(factoryPid + " can't be configured: " + e.getMessage(), e);
    }
  }

  /**
   * A service, waited for.
   *
   * @param filter an LDAP filter, or null
   */
  <T> T service(Class<T> type, @Nullable String filter) throws RigException, InterruptedException {
    String all = "(" + Constants.OBJECTCLASS + "=" + type.getName() + ")";
    try {
      ServiceTracker<T, T> tracker =
          new ServiceTracker<>(
              context(),
              context().createFilter(filter == null ? all : "(&" + all + filter + ")"),
              null);
      // Open until the framework stops: closing it would give the service back.
      tracker.open();
      T service = tracker.waitForService(Duration.ofSeconds(10).toMillis());
      if (service == null) {
        throw new RigException(
            "The embedded platform has no service " + type.getName() + " " + filter + ".");
      }
      return service;
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
