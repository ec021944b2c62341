package org.patchbay.launcher.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** A folder of jars and a real framework; each look at the folder is the test's. */
@Timeout(60)
abstract class DeployFolderFixture {
  static final String USER = "org.example.user";

  @TempDir Path temporary;
  Framework framework;
  Path deploy;
  DeployFolder folder;
  final List<String> warnings = new ArrayList<>();

  /** What the guard says of every file. */
  @Nullable String guardProblem;

  /** Where the guard finds every file; null for where it is. */
  @Nullable Path checkedPath;

  @BeforeEach
  void startPlatform() throws Exception {
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    temporary.resolve("storage").toString(),
                    "felix.log.level",
                    "0"));
    framework.start();
    Path api = temporary.resolve("api.jar");
    Files.write(
        api,
        TestJar.bundle("org.patchbay.api", "0.1.0")
            .header("Export-Package", "org.patchbay.api;version=\"0.1.0\"")
            .entry("org/patchbay/api/Endpoint.class", TestJar.bytes(TestJar.class))
            .bytes());
    framework.getBundleContext().installBundle("reference:" + api.toUri()).start();
    deploy = Files.createDirectory(temporary.resolve("deploy"));
    Files.createDirectory(temporary.resolve("tmp"));
    folder = folderWith(20_000);
    look(); // the folder is empty at the start
  }

  /** A folder that waits so long for bundles to start and stop. */
  DeployFolder folderWith(long callMillis) {
    DeployFolder.Report report =
        new DeployFolder.Report() {
          @Override
          public void warning(String sentence) {
            warnings.add(sentence);
          }

          @Override
          public void info(String sentence) {}
        };
    return new DeployFolder(
        deploy,
        temporary.resolve("tmp"),
        framework.getBundleContext(),
        1,
        callMillis,
        file ->
            new DeployFolder.Checked(
                checkedPath == null ? file.toRealPath() : checkedPath, guardProblem),
        report);
  }

  @AfterEach
  void stopPlatform() throws Exception {
    System.clearProperty(BlockingActivator.HOLD);
    framework.stop();
    framework.waitForStop(10_000);
  }

  /** Looks as often as a new file needs to be at rest, and once more. */
  void look() throws Exception {
    folder.look();
    folder.look();
    folder.look();
  }

  /** Has a file appear whole, and looks. */
  void drop(String name, byte[] content) throws Exception {
    Path beside = temporary.resolve("beside");
    Files.write(beside, content);
    Files.move(beside, deploy.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    look();
  }

  /** The bundle of a name, the platform's left out; null if there is none. */
  @Nullable Bundle bundle(String name) {
    return Arrays.stream(framework.getBundleContext().getBundles())
        .filter(bundle -> name.equals(bundle.getSymbolicName()) && bundle.getBundleId() > 1)
        .findFirst()
        .orElse(null);
  }

  /** The version of the bundle that most tests drop. */
  String version() {
    Bundle bundle = bundle(USER);
    return bundle == null ? "gone" : bundle.getVersion().toString();
  }

  void assertRuns(String name) {
    Bundle bundle = bundle(name);
    assertNotNull(bundle, () -> name + " is not there: " + warnings);
    assertEquals(Bundle.ACTIVE, bundle.getState(), () -> name + ": " + warnings);
  }

  void awaitRuns(String name) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() < deadline) {
      Bundle bundle = bundle(name);
      if (bundle != null && bundle.getState() == Bundle.ACTIVE) {
        return;
      }
      Thread.sleep(20);
      look();
    }
    assertRuns(name);
  }

  /** The one sentence so far; forgets it. */
  String sentence() {
    assertEquals(1, warnings.size(), warnings::toString);
    String sentence = warnings.removeFirst();
    assertTrue(sentence.codePoints().noneMatch(Character::isISOControl), sentence);
    return sentence;
  }

  /** A bundle that needs nothing. */
  static TestJar user(String version) {
    return TestJar.bundle(USER, version);
  }

  /** The same as a backend. */
  static TestJar backend(String version) {
    return user(version)
        .header("Provide-Capability", "org.patchbay.backend;org.patchbay.backend=toy");
  }
}
