package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.patchbay.api.BackendNamespace;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.EndpointResolver;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.EndpointRegistry;

/** What the started platform offers, before anything is configured. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ServicesIT {

  @Inject private BundleContext context;
  @Inject private EndpointRegistry registry;
  @Inject private EndpointResolver resolver;
  private Rig rig;

  @Configuration
  public Option[] platform() {
    return Bundles.platform();
  }

  @Before
  public void openRig() {
    rig = new Rig(context);
  }

  @After
  public void closeRig() throws Exception {
    rig.close();
  }

  @Test
  public void everyBundleIsActive() {
    Set<String> ours = new TreeSet<>();
    for (Bundle bundle : context.getBundles()) {
      assertEquals(bundle.getSymbolicName(), Bundle.ACTIVE, bundle.getState());
      if (bundle.getSymbolicName().startsWith("org.patchbay.")) {
        ours.add(bundle.getSymbolicName());
      }
    }
    assertEquals(Bundles.OURS.size(), ours.size());
  }

  @Test
  public void backendsWithoutADeviceArePrototypes() throws Exception {
    for (String name : List.of("null", "loopback")) {
      ServiceReference<Endpoint> reference = Objects.requireNonNull(rig.endpoint(name), name);
      assertEquals(name, reference.getProperty(Endpoint.PROPERTY_TYPE));
      assertEquals(Constants.SCOPE_PROTOTYPE, reference.getProperty(Constants.SERVICE_SCOPE));
      assertTrue((Integer) reference.getProperty(Endpoint.PROPERTY_MAX_QUEUES) >= 1);
      ServiceObjects<Endpoint> objects = context.getServiceObjects(reference);
      Endpoint one = objects.getService();
      Endpoint other = objects.getService();
      try {
        assertNotSame(one, other);
        assertEquals(
            "the snapshot tells what the endpoint does",
            List.of(one.isOrdered(), one.multiQueueSupport().maxQueues(), one.linkSpeed()),
            List.of(
                reference.getProperty(Endpoint.PROPERTY_ORDERED),
                reference.getProperty(Endpoint.PROPERTY_MAX_QUEUES),
                reference.getProperty(Endpoint.PROPERTY_LINK_SPEED)));
        assertEquals(
            new TreeSet<>(one.txOffloadSupport().names()),
            new TreeSet<>(Arrays.asList(offloads(reference))));
      } finally {
        objects.ungetService(one);
        objects.ungetService(other);
      }
    }
  }

  private static String[] offloads(ServiceReference<Endpoint> reference) {
    Object offloads = reference.getProperty(Endpoint.PROPERTY_OFFLOADS);
    return offloads == null ? new String[0] : (String[]) offloads;
  }

  @Test
  public void backendBundlesDeclareTheirTypes() {
    Map<String, String> types = Map.of(Rig.NULL, "null", Rig.LOOPBACK, "loopback", Rig.TAP, "tap");
    types.forEach(
        (bundle, type) -> {
          Bundle backend = rig.bundle(bundle);
          List<BundleCapability> capabilities =
              backend
                  .adapt(BundleRevision.class)
                  .getDeclaredCapabilities(BackendNamespace.BACKEND_NAMESPACE);
          assertEquals(bundle, 1, capabilities.size());
          // The manifest's version is written out, so this is what keeps it the bundle's.
          Version version = backend.getVersion();
          Map<String, Object> attributes = new HashMap<>();
          attributes.put(BackendNamespace.BACKEND_NAMESPACE, type);
          attributes.put(
              BackendNamespace.CAPABILITY_VERSION_ATTRIBUTE,
              new Version(version.getMajor(), version.getMinor(), version.getMicro()));
          attributes.put(BackendNamespace.CAPABILITY_VENDOR_ATTRIBUTE, "Patchbay");
          if (type.equals("tap")) {
            attributes.put(BackendNamespace.CAPABILITY_PID_ATTRIBUTE, "org.patchbay.tap");
          }
          assertEquals(attributes, capabilities.getFirst().getAttributes());
        });
  }

  @Test
  public void registryListsTheEndpointsWithoutMakingThem() {
    List<EndpointInfo> endpoints = registry.endpoints();
    assertEquals(List.of("loopback", "null"), endpoints.stream().map(EndpointInfo::name).toList());
    for (EndpointInfo endpoint : endpoints) {
      assertTrue(endpoint.name(), endpoint.prototype());
      assertEquals(List.of(), endpoint.usedBy());
      assertEquals("Patchbay", endpoint.vendor());
      ServiceReference<Endpoint> reference = Objects.requireNonNull(rig.endpoint(endpoint.name()));
      assertEquals(reference.getBundle().getSymbolicName(), endpoint.bundle());
      Bundle[] users = reference.getUsingBundles();
      assertTrue(
          endpoint.name(),
          users == null || Arrays.stream(users).allMatch(user -> user.equals(context.getBundle())));
    }
  }

  @Test
  public void resolverKnowsTheTypesThatCanBeCreated() throws Exception {
    assertTrue(resolver.types().toString(), resolver.types().contains("tap"));
    try {
      resolver.create("bridge", Map.of());
      throw new AssertionError("a type that does not exist was created");
    } catch (EndpointException e) {
      assertEquals(EndpointError.NO_SUCH_TYPE, e.error());
      assertTrue(e.getMessage(), e.getMessage().contains("tap"));
    }
  }

  @Test
  public void commandsAreThere() throws Exception {
    Set<Object> functions = new TreeSet<>();
    for (ServiceReference<?> reference :
        context.getAllServiceReferences(null, "(osgi.command.scope=patchbay)")) {
      functions.addAll(Arrays.asList((String[]) reference.getProperty("osgi.command.function")));
    }
    assertTrue(
        functions.toString(),
        functions.containsAll(
            List.of(
                "create",
                "delete",
                "endpoints",
                "help",
                "inspect",
                "link",
                "nics",
                "plug",
                "stats",
                "unplug")));
  }
}
