package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Each bundle resolves alone with those of ours that it may depend on, and not without one of them;
 * and it exports only what it should. No Pax Exam here: each test has a bare framework.
 */
@RunWith(Parameterized.class)
public class ResolveIT {

  /** Our bundles, and which of ours each needs: the directions that the design allows. */
  private static final Map<String, List<String>> NEEDS =
      Map.ofEntries(
          Map.entry("api-bundle", List.of()),
          Map.entry("linux-bundle", List.of("api-bundle")),
          Map.entry("frontend-bundle", List.of("api-bundle")),
          Map.entry("null-bundle", List.of("api-bundle")),
          Map.entry("loopback-bundle", List.of("api-bundle")),
          Map.entry("tap-bundle", List.of("api-bundle", "linux-bundle")),
          Map.entry("fault-bundle", List.of("api-bundle")),
          Map.entry("disconnectable-bundle", List.of("api-bundle")),
          Map.entry("probe-bundle", List.of("api-bundle", "frontend-bundle")),
          Map.entry("cable-bundle", List.of("api-bundle", "frontend-bundle")),
          Map.entry("vhost-user-bundle", List.of("api-bundle", "linux-bundle", "frontend-bundle")),
          Map.entry("shell-bundle", List.of("api-bundle")));

  private static final Set<String> EXPORTERS =
      Set.of("api-bundle", "linux-bundle", "frontend-bundle");

  private static final String GOGO = "org.apache.felix.gogo.runtime";

  @Rule public final TemporaryFolder storage = new TemporaryFolder();

  private final String artifact;
  private Framework framework;

  @Parameterized.Parameters(name = "{0}")
  public static List<String> artifacts() {
    return Bundles.OURS;
  }

  public ResolveIT(String artifact) {
    this.artifact = artifact;
  }

  @Before
  public void startFramework() throws Exception {
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    storage.getRoot().getPath(),
                    "felix.log.level",
                    "0"));
    framework.start();
  }

  @After
  public void stopFramework() throws Exception {
    framework.stop();
    framework.waitForStop(10_000);
  }

  private List<Bundle> install(List<String> artifacts) throws Exception {
    BundleContext context = framework.getBundleContext();
    List<Bundle> bundles = new ArrayList<>();
    for (String name : artifacts) {
      bundles.add(context.installBundle(Bundles.jar(name).toUri().toString()));
    }
    return bundles;
  }

  private List<Bundle> installInfrastructure() throws Exception {
    List<String> infrastructure = new ArrayList<>(Bundles.INFRASTRUCTURE);
    if (!artifact.equals("shell-bundle")) {
      infrastructure.remove(GOGO);
    }
    return install(infrastructure);
  }

  private List<String> needs() {
    return Objects.requireNonNull(NEEDS.get(artifact), artifact);
  }

  private boolean resolves(Bundle bundle) {
    return framework.adapt(FrameworkWiring.class).resolveBundles(List.of(bundle))
        && bundle.getState() == Bundle.RESOLVED;
  }

  @Test
  public void resolvesWithOnlyWhatItDeclares() throws Exception {
    Set<Bundle> allowed = new TreeSet<>(installInfrastructure());
    allowed.addAll(install(needs()));
    allowed.add(framework);
    Bundle bundle = install(List.of(artifact)).getFirst();
    assertTrue(artifact + " does not resolve", resolves(bundle));
    for (BundleWire wire : bundle.adapt(BundleWiring.class).getRequiredWires(null)) {
      Bundle provider = wire.getProvider().getBundle();
      assertTrue(artifact + " is wired to " + provider, allowed.contains(provider));
    }
  }

  @Test
  public void doesNotResolveWithoutOneOfItsNeeds() throws Exception {
    installInfrastructure();
    List<String> needs = needs();
    Bundle bundle = install(List.of(artifact)).getFirst();
    for (String missing : needs) {
      List<String> others = new ArrayList<>(needs);
      others.remove(missing);
      List<Bundle> present = install(others);
      assertFalse(artifact + " resolves without " + missing, resolves(bundle));
      for (Bundle other : present) {
        other.uninstall();
      }
    }
  }

  @Test
  public void exportsOnlyWhatOthersMayUse() throws Exception {
    Bundle bundle = install(List.of(artifact)).getFirst();
    Set<String> exported =
        bundle
            .adapt(BundleRevision.class)
            .getDeclaredCapabilities(PackageNamespace.PACKAGE_NAMESPACE)
            .stream()
            .map(capability -> (String) capability.getAttributes().get("osgi.wiring.package"))
            .collect(Collectors.toCollection(TreeSet::new));
    if (EXPORTERS.contains(artifact)) {
      String own = "org.patchbay." + artifact.replace("-bundle", "");
      assertTrue(exported.toString(), exported.contains(own));
      assertTrue(exported.toString(), exported.stream().allMatch(name -> name.startsWith(own)));
    } else {
      assertEquals(Set.of(), exported);
    }
  }
}
