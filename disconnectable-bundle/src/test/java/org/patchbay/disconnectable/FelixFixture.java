package org.patchbay.disconnectable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.FrameworkFactory;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.PrototypeServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;
import org.patchbay.api.Endpoint;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.NicSettings;

/** A real framework in this JVM, with bundles made on the fly whose services are the tests'. */
final class FelixFixture implements AutoCloseable {

  final Framework framework;
  final BundleContext context;
  final DisconnectableService service;
  final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

  FelixFixture(Path cache) throws Exception {
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, cache.toString());
    configuration.put(
        Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    framework = new FrameworkFactory().newFramework(configuration);
    framework.start();
    context = framework.getBundleContext();
    service = new DisconnectableService(context);
  }

  /** A started bundle of a vendor's. */
  Bundle bundle(String name) throws Exception {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    manifest.getMainAttributes().putValue(Constants.BUNDLE_SYMBOLICNAME, name);
    manifest.getMainAttributes().putValue(Constants.BUNDLE_VERSION, "1.2.3");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new JarOutputStream(bytes, manifest).close();
    Bundle bundle =
        context.installBundle("memory:" + name, new ByteArrayInputStream(bytes.toByteArray()));
    bundle.start();
    return bundle;
  }

  static Dictionary<String, Object> properties(String name, int ranking) {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(Endpoint.PROPERTY_NAME, name);
    properties.put(Endpoint.PROPERTY_TYPE, "test");
    properties.put(Constants.SERVICE_RANKING, ranking);
    return properties;
  }

  /** Registers an endpoint of singleton scope, as one with a device behind it is. */
  ServiceRegistration<Endpoint> register(BundleContext vendor, TestEndpoint endpoint, int ranking) {
    return vendor.registerService(Endpoint.class, endpoint, properties(endpoint.name, ranking));
  }

  ServiceRegistration<Endpoint> register(TestEndpoint endpoint) {
    return register(context, endpoint, 0);
  }

  /** Registers an endpoint of which each plug takes an instance; they are added to the list. */
  ServiceRegistration<?> registerPrototype(String name, List<TestEndpoint> instances) {
    return context.registerService(
        Endpoint.class.getName(),
        new PrototypeServiceFactory<Endpoint>() {
          @Override
          public Endpoint getService(Bundle bundle, ServiceRegistration<Endpoint> registration) {
            TestEndpoint instance = new TestEndpoint(name);
            instances.add(instance);
            return instance;
          }

          @Override
          public void ungetService(
              Bundle bundle, ServiceRegistration<Endpoint> registration, Endpoint endpoint) {
            ((TestEndpoint) endpoint).log.add("unget");
          }
        },
        properties(name, 0));
  }

  /** A NIC with a running engine; both are closed with the fixture. */
  Running nic(NicSettings settings) throws Exception {
    NicDisconnectable disconnectable = (NicDisconnectable) service.create(settings);
    MiniEngine engine = new MiniEngine(disconnectable.endpoint());
    open.add(disconnectable);
    open.add(engine);
    engine.start();
    return new Running(disconnectable, disconnectable.control(), engine);
  }

  Running nic(String name) throws Exception {
    return nic(NicSettings.of(name));
  }

  Running nic(String name, @Nullable String plug, @Nullable String failover, boolean failback)
      throws Exception {
    return nic(new NicSettings(name, plug, failover, failback, false, false));
  }

  record Running(
      NicDisconnectable disconnectable, DisconnectableControl control, MiniEngine engine) {}

  @Override
  public void close() throws Exception {
    // The engines first, as the contract of a disconnectable has it.
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    service.deactivate();
    framework.stop();
    framework.waitForStop(5000);
  }
}
