package com.example.patchbay.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;
import org.patchbay.api.EndpointException;
import org.patchbay.api.EndpointResolver;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;

/** The jar's life on a platform: installed, configured, plugged, updated under traffic, removed. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class StreamIT {
  private static final String NIC = "nic0";
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** What the platform needs, in an order in which it can start. */
  private static final List<String> PLATFORM =
      List.of(
          "org.apache.felix.log",
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component",
          "org.apache.felix.configadmin",
          "org.apache.felix.eventadmin",
          "org.apache.felix.metatype",
          "org.apache.felix.scr",
          "api-bundle",
          "linux-bundle",
          "frontend-bundle",
          "disconnectable-bundle",
          "probe-bundle");

  @Inject private BundleContext context;
  @Inject private EndpointResolver resolver;
  @Inject private ConfigurationAdmin configurations;

  /** The platform without the bundle under test. */
  @Configuration
  public Option[] platform() {
    Path bundles = Path.of(property("stream.bundles"));
    return options(
        composite(
            PLATFORM.stream()
                .map(name -> bundle(bundles.resolve(name + ".jar").toUri().toString()))
                .toArray(Option[]::new)),
        systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"),
        junitBundles());
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name + " is not set");
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.call()) {
      assertTrue("not in time: " + what, System.nanoTime() < deadline);
      Thread.sleep(5);
    }
  }

  private <S> S service(Class<S> type) throws Exception {
    ServiceTracker<S, S> tracker =
        new ServiceTracker<>(
            context,
            context.createFilter(
                "(&(objectClass=%s)(%s=%s))".formatted(type.getName(), Nic.PROPERTY_NAME, NIC)),
            null);
    tracker.open();
    try {
      return Objects.requireNonNull(tracker.waitForService(LIMIT.toMillis()), type.getName());
    } finally {
      tracker.close();
    }
  }

  private void awaitCurrent(String endpoint) throws Exception {
    DisconnectableControl control = service(DisconnectableControl.class);
    await(NIC + " is on '" + endpoint + "'", () -> control.current().orElse("").equals(endpoint));
  }

  private static boolean hasLinkThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("stream-s0-link"));
  }

  @Test
  public void theWholeLifeOfTheBundle() throws Exception {
    configurations
        .getFactoryConfiguration("org.patchbay.probe", NIC, "?")
        .update(FrameworkUtil.asDictionary(Map.of("name", NIC, "rate", 2000)));
    Nic nic = service(Nic.class);
    assertFalse(resolver.types().toString(), resolver.types().contains("stream"));

    Path folder = Files.createTempDirectory("stream-it");
    Path path = folder.resolve("s0.sock");
    Path jar = Path.of(property("stream.jar"));
    Bundle bundle = context.installBundle(jar.toUri().toString());
    bundle.start();
    try (EchoPeer peer = new EchoPeer(path)) {
      assertTrue(resolver.types().toString(), resolver.types().contains("stream"));
      refuse(Map.of("name", "s0", "mode", "listen", "path", path.toString()), "mode is 'listen'");
      refuse(
          Map.of("name", "s0", "mode", "server", "path", folder.resolve("no/s").toString()),
          "lies in no folder");

      assertEquals(
          "s0",
          resolver.create(
              "stream", Map.of("name", "s0", "mode", "server", "path", path.toString())));
      DisconnectableControl control = service(DisconnectableControl.class);
      control.plug("s0").toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      awaitCurrent("s0");
      awaitTraffic(nic, peer);

      try (InputStream newer = Files.newInputStream(jar)) {
        bundle.update(newer);
      }
      awaitCurrent("s0");
      awaitTraffic(nic, peer);

      bundle.uninstall();
      awaitCurrent("");
      assertFalse("the socket is left", Files.exists(path));
      await("the thread of the link ends", () -> !hasLinkThread());
      assertEquals("ids outstanding", 0, nic.statistics().idsOutstanding());
      assertEquals("refused ids", 0, nic.statistics().refusedIds());
    } finally {
      if (bundle.getState() != Bundle.UNINSTALLED) {
        bundle.uninstall();
      }
      Files.deleteIfExists(path);
      Files.delete(folder);
    }
  }

  /** Frames reach the peer, and come back to the NIC. */
  private static void awaitTraffic(Nic nic, EchoPeer peer) throws Exception {
    long echoed = peer.echoed() + 50;
    await("frames reach the peer", () -> peer.echoed() > echoed);
    long received = nic.statistics().rxPackets() + 50;
    await("frames come back", () -> nic.statistics().rxPackets() > received);
  }

  private void refuse(Map<String, String> configuration, String why) throws Exception {
    try {
      resolver.create("stream", configuration);
    } catch (EndpointException refused) {
      assertTrue(refused.getMessage(), refused.getMessage().contains(why));
      return;
    }
    throw new AssertionError("not refused: " + configuration);
  }
}
