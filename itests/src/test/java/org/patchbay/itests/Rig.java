package org.patchbay.itests;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.Swap;

/** The platform as a test sees it: bundles, configurations, NICs. Any thread. */
final class Rig implements AutoCloseable {

  static final String LOOPBACK = "org.patchbay.loopback";
  static final String NULL = "org.patchbay.nullendpoint";
  static final String TAP = "org.patchbay.tap";
  static final String PROBE = "org.patchbay.probe";

  private final BundleContext context;
  private final List<Configuration> configurations = new ArrayList<>();

  Rig(BundleContext context) {
    this.context = context;
  }

  /** Deletes the configurations that this rig made. */
  @Override
  public void close() throws IOException {
    for (Configuration configuration : configurations.reversed()) {
      try {
        configuration.delete();
      } catch (IllegalStateException e) {
        // The test has deleted it.
      }
    }
  }

  /** The bundle of a symbolic name. */
  Bundle bundle(String symbolicName) {
    return Arrays.stream(context.getBundles())
        .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no bundle " + symbolicName));
  }

  /** Updates a bundle with the jar that it has already. */
  static void update(Bundle bundle, String artifact) throws Exception {
    try (InputStream jar = Files.newInputStream(Bundles.jar(artifact))) {
      bundle.update(jar);
    }
  }

  /** Refreshes a bundle and waits until that is done. */
  void refresh(Bundle bundle) throws Exception {
    CompletableFuture<FrameworkEvent> refreshed = new CompletableFuture<>();
    context
        .getBundle(0)
        .adapt(FrameworkWiring.class)
        .refreshBundles(List.of(bundle), refreshed::complete);
    refreshed.get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** Makes a factory configuration, which {@link #close} deletes. */
  Configuration configure(String factoryPid, String name, Map<String, ?> values) throws Exception {
    ServiceReference<ConfigurationAdmin> reference =
        context.getServiceReference(ConfigurationAdmin.class);
    ConfigurationAdmin admin = context.getService(reference);
    try {
      Configuration configuration = admin.getFactoryConfiguration(factoryPid, name, "?");
      configurations.add(configuration);
      configuration.update(dictionary(name, values));
      return configuration;
    } finally {
      context.ungetService(reference);
    }
  }

  /** Values of a configuration, with its name. */
  static Dictionary<String, Object> dictionary(String name, Map<String, ?> values) {
    Map<String, Object> named = new HashMap<>(values);
    named.put("name", name);
    return FrameworkUtil.asDictionary(named);
  }

  /** Makes a probe and waits until its NIC is there. */
  String probe(String name, Map<String, ?> values) throws Exception {
    configure(PROBE, name, values);
    Await.until("NIC " + name + " is there", () -> findNic(name) != null);
    return name;
  }

  private static String filter(String key, String value) {
    return "(" + key + "=" + value + ")";
  }

  private <S> @Nullable S service(Class<S> type, String filter) {
    try {
      Collection<ServiceReference<S>> found = context.getServiceReferences(type, filter);
      return found.isEmpty() ? null : context.getService(found.iterator().next());
    } catch (InvalidSyntaxException e) {
      throw new AssertionError(filter, e);
    }
  }

  /** The frontend's side of a NIC, or null. */
  @Nullable Nic findNic(String name) {
    return service(Nic.class, filter(Nic.PROPERTY_NAME, name));
  }

  /** The frontend's side of a NIC, which must be there. */
  Nic nic(String name) {
    Nic nic = findNic(name);
    if (nic == null) {
      throw new AssertionError("there is no NIC " + name);
    }
    return nic;
  }

  /** The operator's side of a NIC, which must be there. */
  DisconnectableControl control(String name) {
    DisconnectableControl control =
        service(DisconnectableControl.class, filter(Nic.PROPERTY_NAME, name));
    if (control == null) {
      throw new AssertionError("there is no control of NIC " + name);
    }
    return control;
  }

  /** The reference of an endpoint, or null. */
  @Nullable ServiceReference<Endpoint> endpoint(String name) {
    try {
      return context
          .getServiceReferences(Endpoint.class, filter(Endpoint.PROPERTY_NAME, name))
          .stream()
          .sorted()
          .reduce(null, (lower, higher) -> higher);
    } catch (InvalidSyntaxException e) {
      throw new AssertionError(name, e);
    }
  }

  /** Plugs and waits for the swap. */
  Swap plug(String nic, String endpoint) throws Exception {
    return control(nic)
        .plug(endpoint)
        .toCompletableFuture()
        .get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** Waits until a NIC is on an endpoint, or on its fallback if that is empty. */
  void awaitCurrent(String nic, String endpoint) throws Exception {
    Await.value(
        nic + " is on '" + endpoint + "'",
        () -> control(nic).current().orElse(""),
        endpoint::equals);
  }

  /** Waits until a NIC receives frames that it had not received before the call. */
  void awaitReceives(String nic) throws Exception {
    long before = nic(nic).statistics().rxPackets();
    Await.until(
        nic + " receives more than " + before + " packets",
        () -> nic(nic).statistics().rxPackets() > before + 10);
  }

  /** Waits until frames of a NIC's guest are taken, though nothing need come back. */
  void awaitSends(String nic) throws Exception {
    long before = taken(nic);
    Await.until(nic + " sends", () -> taken(nic) > before + 10);
  }

  private long taken(String nic) {
    var statistics = nic(nic).statistics();
    return statistics.txPackets() + statistics.txDropped();
  }

  /** A number of a NIC's own inspection, such as a probe's {@code duplicates}. */
  long inspected(String nic, String key) {
    InspectNode node = new InspectNode();
    nic(nic).inspect(node);
    Matcher value =
        Pattern.compile("(?m)^ *" + Pattern.quote(key) + ": (\\d+)$").matcher(node.render());
    if (!value.find()) {
      throw new AssertionError("no " + key + " in:\n" + node.render());
    }
    return Long.parseLong(value.group(1));
  }

  /** How many descriptors this process has open. */
  static int descriptors() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  /** Names of the platform's threads that run now, sorted. */
  static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("patchbay-"))
        .sorted()
        .toList();
  }
}
