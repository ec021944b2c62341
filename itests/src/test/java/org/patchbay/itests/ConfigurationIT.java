package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.inject.Inject;
import org.jspecify.annotations.Nullable;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.EndpointResolver;
import org.patchbay.api.control.Nic;

/** Factory configurations make, change and remove endpoints and NICs, and bad ones are refused. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ConfigurationIT {

  private static final String NIC = "nic0";

  @Inject private BundleContext context;
  @Inject private ServiceComponentRuntime components;
  @Inject private EndpointResolver resolver;
  @Inject private LogReaderService logReader;
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final LogListener listener =
      entry -> log.add(entry.getMessage() + " " + entry.getException());
  private Rig rig;
  private Nic nic;

  @org.ops4j.pax.exam.Configuration
  public Option[] platform() {
    return Bundles.platform();
  }

  @Before
  public void plugAProbe() throws Exception {
    rig = new Rig(context);
    logReader.addLogListener(listener);
    rig.probe(NIC, Map.of("plug", "loopback", "rate", 2000));
    rig.awaitReceives(NIC);
    nic = rig.nic(NIC);
  }

  @After
  public void endTheProbe() throws Exception {
    assertNothingElseStopped();
    logReader.removeLogListener(listener);
    rig.close();
    Await.until("the NIC is gone", () -> rig.findNic(NIC) == null);
  }

  private void assertNothingElseStopped() throws Exception {
    for (Bundle bundle : context.getBundles()) {
      assertEquals(bundle.getSymbolicName(), Bundle.ACTIVE, bundle.getState());
    }
    assertSame(nic, rig.findNic(NIC));
    rig.awaitReceives(NIC);
    assertEquals("ids outstanding", 0, nic.statistics().idsOutstanding());
  }

  @Test
  public void tapIsCreatedChangedAndDeleted() throws Exception {
    try (Namespace namespace = Namespace.open("conf")) {
      Map<String, ?> values =
          Map.of("ifname", "tapA", "netns", namespace.name(), "mtu", 1400, "up", true);
      Configuration configuration = rig.configure(Rig.TAP, "a", values);
      awaitEndpoint("a");
      ServiceReference<Endpoint> reference = Objects.requireNonNull(rig.endpoint("a"));
      assertEquals("tap", reference.getProperty(Endpoint.PROPERTY_TYPE));
      assertEquals(Constants.SCOPE_SINGLETON, reference.getProperty(Constants.SERVICE_SCOPE));
      assertTrue(namespace.link("tapA"), namespace.link("tapA").contains(" mtu 1400 "));
      assertTrue(namespace.link("tapA"), namespace.link("tapA").contains(",UP"));

      rig.plug(NIC, "a");
      configuration.update(
          Rig.dictionary(
              "a", Map.of("ifname", "tapB", "netns", namespace.name(), "mtu", 1300, "up", true)));
      Await.until("tapB is there", () -> namespace.link("tapB").contains(" mtu 1300 "));
      assertEquals("the old interface is gone", "", namespace.link("tapA"));
      rig.awaitCurrent(NIC, "a");
      rig.awaitSends(NIC);

      configuration.delete();
      Await.until("the interface is gone", () -> namespace.link("tapB").isEmpty());
      assertNull(rig.endpoint("a"));
      rig.awaitCurrent(NIC, "");
      rig.plug(NIC, "loopback");
    }
  }

  @Test
  public void twoTapsLiveSideBySide() throws Exception {
    try (Namespace namespace = Namespace.open("two")) {
      Configuration first =
          rig.configure(Rig.TAP, "a", Map.of("ifname", "tapA", "netns", namespace.name()));
      rig.configure(Rig.TAP, "b", Map.of("ifname", "tapB", "netns", namespace.name()));
      awaitEndpoint("a");
      awaitEndpoint("b");
      ServiceReference<Endpoint> second = rig.endpoint("b");
      first.delete();
      Await.until("tapA is gone", () -> namespace.link("tapA").isEmpty());
      assertEquals("the other one stays as it is", second, rig.endpoint("b"));
      assertTrue(namespace.link("tapB").contains("tapB"));
    }
  }

  @Test
  public void resolverCreatesAndDeletesATap() throws Exception {
    try (Namespace namespace = Namespace.open("res")) {
      String name = resolver.create("tap", Map.of("ifname", "tapR", "netns", namespace.name()));
      assertTrue(namespace.link("tapR").contains("tapR"));
      rig.plug(NIC, name);
      rig.awaitSends(NIC);
      resolver.delete(name);
      Await.until("tapR is gone", () -> namespace.link("tapR").isEmpty());
      assertNull(rig.endpoint(name));
      rig.plug(NIC, "loopback");
    }
  }

  @Test
  public void resolverRefusesWithTheBackendsSentenceAndLeavesNothing() throws Exception {
    int configurations = tapComponents().size();
    try {
      resolver.create("tap", Map.of("name", "bad", "mtu", "many"));
      throw new AssertionError("mtu=many was taken");
    } catch (EndpointException e) {
      assertEquals(e.getMessage(), EndpointError.INVALID_CONFIGURATION, e.error());
      assertTrue(e.getMessage(), e.getMessage().contains("mtu"));
      assertTrue(e.getMessage(), e.getMessage().contains("many"));
    }
    assertNull(rig.endpoint("bad"));
    assertEquals(configurations, tapComponents().size());
  }

  @Test
  public void badTapIsRefusedWithASentence() throws Exception {
    assertRefused(Rig.TAP, Map.of("mtu", "many"), "mtu", "many");
    assertRefused(Rig.TAP, Map.of("mtu", "12"), "mtu", "12", "68");
    assertRefused(Rig.TAP, Map.of("up", "perhaps"), "up", "perhaps", "true");
    assertRefused(Rig.TAP, Map.of("ifname", "much-too-long-a-name"), "much-too-long-a-name", "15");
    assertRefused(Rig.TAP, Map.of("netns", "no-such-namespace"), "no-such-namespace");
  }

  @Test
  public void badProbeIsRefusedWithASentence() throws Exception {
    assertRefused(Rig.PROBE, Map.of("rate", "fast"), "rate", "fast", "max");
    assertRefused(Rig.PROBE, Map.of("size", "7"), "size", "7", "60");
    assertRefused(Rig.PROBE, Map.of("mac", "somebody"), "mac", "somebody", "52:54:00");
    assertRefused(Rig.PROBE, Map.of("hold", "-3"), "hold", "-3", "0");
    assertRefused(Rig.PROBE, Map.of("failback", "perhaps"), "failback", "perhaps", "true");
    assertRefused(Rig.PROBE, Map.of("failover", "((tap"), "((tap");
  }

  @Test
  public void nicOfATakenNameIsRefused() throws Exception {
    Configuration twin = rig.configure(Rig.PROBE, "twin", Map.of());
    Await.until("twin is there", () -> rig.findNic("twin") != null);
    twin.update(Rig.dictionary(NIC, Map.of()));
    awaitRefusal(twin.getPid(), "taken", NIC);
    assertNull(rig.findNic("twin"));
  }

  /** Configures, expects a refusal whose sentence has the parts, and cleans up. */
  private void assertRefused(String factoryPid, Map<String, ?> values, String... parts)
      throws Exception {
    log.clear();
    Configuration configuration = rig.configure(factoryPid, "bad", values);
    String pid = configuration.getPid();
    awaitRefusal(pid, parts);
    assertNull(rig.endpoint("bad"));
    assertNull(rig.findNic("bad"));
    assertNothingElseStopped();
    configuration.delete();
    Await.until("its component is gone", () -> component(pid) == null);
  }

  /** Waits until the log, or the failure that the component runtime keeps, has all the parts. */
  private void awaitRefusal(String pid, String... parts) throws Exception {
    Await.value(
        "a sentence has " + List.of(parts),
        () -> {
          List<String> sentences = new ArrayList<>(log);
          ComponentConfigurationDTO component = component(pid);
          if (component != null && component.failure != null) {
            component.failure.lines().findFirst().ifPresent(sentences::add);
          }
          return sentences;
        },
        sentences ->
            sentences.stream().anyMatch(one -> Arrays.stream(parts).allMatch(one::contains)));
  }

  private @Nullable ComponentConfigurationDTO component(String pid) {
    for (Bundle bundle : context.getBundles()) {
      for (ComponentDescriptionDTO description : components.getComponentDescriptionDTOs(bundle)) {
        for (ComponentConfigurationDTO one :
            components.getComponentConfigurationDTOs(description)) {
          if (pid.equals(one.properties.get(Constants.SERVICE_PID))) {
            return one;
          }
        }
      }
    }
    return null;
  }

  private List<ComponentConfigurationDTO> tapComponents() {
    return components.getComponentDescriptionDTOs(rig.bundle(Rig.TAP)).stream()
        .flatMap(one -> components.getComponentConfigurationDTOs(one).stream())
        .filter(one -> one.properties.containsKey(Constants.SERVICE_PID))
        .toList();
  }

  private void awaitEndpoint(String name) throws Exception {
    Await.until("endpoint " + name + " is there", () -> rig.endpoint(name) != null);
  }
}
