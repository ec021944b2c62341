package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.apache.felix.framework.FrameworkFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.util.tracker.ServiceTracker;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;

/** The resolver against the real Configuration Admin and component runtime. */
@Timeout(60)
@DisplayNameGeneration(ContractLineNames.class)
class ConfigurationResolverTest {

  private static final List<String> SERVICES =
      List.of(
          "org.apache.felix.configadmin",
          "org.apache.felix.scr",
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component-");

  // One framework for all: a second component runtime in one JVM fails with loader constraints.
  @TempDir static Path cache;
  private static Framework framework;
  private static BundleContext context;
  private static ConfigurationAdmin configurations;
  private static ConfigurationResolver resolver;
  private static Bundle backend;

  @BeforeAll
  static void start() throws Exception {
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, cache.toString());
    // This class path's packages, so that the services are the same types here and there.
    configuration.put(
        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
        "org.patchbay.api;version=0.1,org.osgi.service.cm;version=1.6.1,"
            + "org.osgi.service.component.runtime;version=1.5,"
            + "org.osgi.service.component.runtime.dto;version=1.5");
    framework = new FrameworkFactory().newFramework(configuration);
    framework.start();
    context = framework.getBundleContext();
    List<Bundle> bundles = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      String file = new File(entry).getName();
      if (SERVICES.stream().anyMatch(file::startsWith)) {
        bundles.add(context.installBundle("reference:file:" + entry));
      }
    }
    for (Bundle bundle : bundles) {
      bundle.start();
    }
    configurations = service(ConfigurationAdmin.class);
    resolver =
        new ConfigurationResolver(context, configurations, service(ServiceComponentRuntime.class));
    backend = installBackend();
    backend.start();
  }

  private static <T> T service(Class<T> type) throws InterruptedException {
    ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
    tracker.open();
    return Objects.requireNonNull(tracker.waitForService(5000), type.getName());
  }

  private static Bundle installBackend() throws Exception {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    main.putValue(Constants.BUNDLE_SYMBOLICNAME, "org.example.coloured");
    main.putValue(Constants.IMPORT_PACKAGE, "org.patchbay.api,org.osgi.framework");
    main.putValue("Service-Component", "OSGI-INF/coloured.xml");
    main.putValue(
        Constants.PROVIDE_CAPABILITY,
        "org.patchbay.backend;org.patchbay.backend=coloured;pid=org.example.coloured,"
            + "org.patchbay.backend;org.patchbay.backend=plain");
    String component =
        """
        <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="coloured"
            immediate="true" activate="activate" deactivate="deactivate"
            configuration-policy="require" configuration-pid="org.example.coloured">
          <implementation class="org.patchbay.disconnectable.ResolverBackend"/>
        </scr:component>
        """;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      jar.putNextEntry(new ZipEntry("OSGI-INF/coloured.xml"));
      jar.write(component.getBytes(StandardCharsets.UTF_8));
      String type = "org/patchbay/disconnectable/ResolverBackend.class";
      jar.putNextEntry(new ZipEntry(type));
      try (InputStream in = ResolverBackend.class.getClassLoader().getResourceAsStream(type)) {
        in.transferTo(jar);
      }
    }
    return context.installBundle("memory:coloured", new ByteArrayInputStream(bytes.toByteArray()));
  }

  @AfterEach
  void tidy() throws Exception {
    for (String name : names()) {
      resolver.delete(name);
    }
    assertNull(configurations.listConfigurations(null));
  }

  @AfterAll
  static void end() throws Exception {
    framework.stop();
    framework.waitForStop(5000);
  }

  private static List<String> names() throws Exception {
    return context.getServiceReferences(Endpoint.class, null).stream()
        .map(reference -> String.valueOf(reference.getProperty(Endpoint.PROPERTY_NAME)))
        .sorted()
        .collect(Collectors.toList());
  }

  @Test
  void listsTheTypesThatCanBeCreated() throws Exception {
    assertEquals(List.of("coloured"), resolver.types());
    backend.stop();
    assertEquals(List.of(), resolver.types());
    backend.start();
  }

  @Test
  @ContractLine("B20")
  void createsAndDeletes() throws Exception {
    assertEquals("mine", resolver.create("coloured", Map.of("name", "mine", "colour", "red")));
    assertEquals(List.of("mine"), names());
    assertNotNull(configurations.listConfigurations("(service.pid=org.example.coloured~mine)"));
    resolver.delete("mine");
    assertEquals(List.of(), names());
    assertNull(configurations.listConfigurations(null));
  }

  @Test
  void namesAfterTheTypeWithTheLowestFreeNumber() throws Exception {
    assertEquals("coloured0", resolver.create("coloured", Map.of("colour", "red")));
    assertEquals("coloured1", resolver.create("coloured", Map.of("colour", "blue")));
    resolver.delete("coloured0");
    assertEquals("coloured0", resolver.create("coloured", Map.of("colour", "blue")));
  }

  @Test
  @ContractLine("B20")
  void refusesAnUnknownTypeAndListsTheTypes() {
    EndpointException e =
        assertThrows(EndpointException.class, () -> resolver.create("tap", Map.of()));
    assertEquals(EndpointError.NO_SUCH_TYPE, e.error());
    assertTrue(e.getMessage().contains("'tap'; there are coloured"), e.getMessage());
    e = assertThrows(EndpointException.class, () -> resolver.create("plain", Map.of()));
    assertEquals(EndpointError.NO_SUCH_TYPE, e.error());
    assertTrue(e.getMessage().contains("plug it by its name"), e.getMessage());
  }

  @Test
  void aRefusalComesBackWithItsSentenceAndLeavesNothing() throws Exception {
    EndpointException e =
        assertThrows(
            EndpointException.class,
            () -> resolver.create("coloured", Map.of("name", "x", "colour", "green")));
    assertEquals(EndpointError.INVALID_CONFIGURATION, e.error());
    assertEquals(
        "the configuration is not valid: colour is 'green'; allowed are red and blue",
        e.getMessage());
    assertNull(configurations.listConfigurations(null));
    assertEquals(List.of(), names());
    assertEquals("x", resolver.create("coloured", Map.of("name", "x", "colour", "red")));
  }

  @Test
  void refusesATakenName() throws Exception {
    resolver.create("coloured", Map.of("name", "x", "colour", "red"));
    EndpointException e =
        assertThrows(
            EndpointException.class,
            () -> resolver.create("coloured", Map.of("name", "x", "colour", "blue")));
    assertEquals(EndpointError.NAME_TAKEN, e.error());
    assertEquals(List.of("x"), names());
  }

  @Test
  void refusesToDeleteWhatItDidNotMake() {
    EndpointException e = assertThrows(EndpointException.class, () -> resolver.delete("nobody"));
    assertEquals(EndpointError.NO_SUCH_ENDPOINT, e.error());
    var bare =
        context.registerService(
            Endpoint.class, new ResolverBackend(), FelixFixture.properties("bare", 0));
    e = assertThrows(EndpointException.class, () -> resolver.delete("bare"));
    assertEquals(EndpointError.UNSUPPORTED, e.error());
    bare.unregister();
  }

  @Test
  void deletesAConfigurationThatItsBackendRefused() throws Exception {
    var configuration =
        configurations.getFactoryConfiguration("org.example.coloured", "from-file", "?");
    configuration.update(FelixFixture.properties("unused", 0));
    resolver.delete("from-file");
    assertNull(configurations.listConfigurations(null));
  }

  @Test
  void namesAreCheckedAndTakenLiterally() {
    for (String name : List.of("a~b", "a*", "(x)", "", "x".repeat(65))) {
      EndpointException e =
          assertThrows(
              EndpointException.class,
              () -> resolver.create("coloured", Map.of("name", name, "colour", "red")));
      assertEquals(EndpointError.INVALID_CONFIGURATION, e.error());
      assertTrue(e.getMessage().contains("name is '" + name + "'"), e.getMessage());
      e = assertThrows(EndpointException.class, () -> resolver.delete(name));
      assertEquals(EndpointError.NO_SUCH_ENDPOINT, e.error());
    }
  }

  @Test
  void anInterruptEndsTheWaitAndLeavesNothing() throws Exception {
    AtomicReference<Throwable> ended = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    resolver.create("coloured", Map.of("name", "x", "colour", "silent"));
                  } catch (Throwable e) {
                    ended.set(e);
                  }
                });
    Waiting.until("the configuration is there", () -> stored() != null);
    caller.interrupt();
    caller.join();
    assertInstanceOf(InterruptedException.class, ended.get());
    assertNull(stored());
  }

  private static Configuration @Nullable [] stored() {
    try {
      return configurations.listConfigurations(null);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void findsTheSentenceInAStackTrace() {
    assertEquals(
        "name is 'x'; allowed is y",
        RefusalReason.sentence(
            "java.lang.IllegalArgumentException: name is 'x'; allowed is y\n\tat a.b.C.d(C.java)"));
    assertEquals(
        "deep inside",
        RefusalReason.sentence(
            "java.lang.reflect.InvocationTargetException\n\tat a.B.c(B.java:1)\n"
                + "Caused by: org.patchbay.api.EndpointException: deep inside\n\t... 5 more"));
    assertEquals(
        "java.lang.NullPointerException",
        RefusalReason.sentence("java.lang.NullPointerException\n\tat a.B.c(B.java:1)"));
    assertEquals("its component failed without a reason", RefusalReason.sentence(" "));
  }
}
