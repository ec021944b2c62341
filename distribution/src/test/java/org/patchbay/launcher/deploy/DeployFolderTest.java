package org.patchbay.launcher.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * What becomes of jars, good and bad, in a real framework; each look at the folder is the test's.
 */
@Timeout(60)
class DeployFolderTest {
  private static final String USER = "org.example.user";

  @TempDir Path temporary;
  private Framework framework;
  private Path deploy;
  private DeployFolder folder;
  private final List<String> warnings = new ArrayList<>();
  private @Nullable String guardProblem;

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

  private DeployFolder folderWith(long callMillis) {
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
        file -> guardProblem,
        report);
  }

  @AfterEach
  void stopPlatform() throws Exception {
    System.clearProperty(BlockingActivator.HOLD);
    framework.stop();
    framework.waitForStop(10_000);
  }

  private void look() throws Exception {
    folder.look();
    folder.look();
    folder.look();
  }

  private void drop(String name, byte[] content) throws Exception {
    Path beside = temporary.resolve("beside");
    Files.write(beside, content);
    Files.move(beside, deploy.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    look();
  }

  private @Nullable Bundle bundle(String name) {
    return Arrays.stream(framework.getBundleContext().getBundles())
        .filter(bundle -> name.equals(bundle.getSymbolicName()) && bundle.getBundleId() > 1)
        .findFirst()
        .orElse(null);
  }

  private String version() {
    Bundle bundle = bundle(USER);
    return bundle == null ? "gone" : bundle.getVersion().toString();
  }

  private void assertRuns(String name) {
    Bundle bundle = bundle(name);
    assertNotNull(bundle, () -> name + " is not there: " + warnings);
    assertEquals(Bundle.ACTIVE, bundle.getState(), () -> name + ": " + warnings);
  }

  private void awaitRuns(String name) throws Exception {
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
  private String sentence() {
    assertEquals(1, warnings.size(), warnings::toString);
    String sentence = warnings.removeFirst();
    assertTrue(sentence.codePoints().noneMatch(Character::isISOControl), sentence);
    return sentence;
  }

  private static TestJar user(String version) {
    return TestJar.bundle(USER, version);
  }

  private static TestJar backend(String version) {
    return user(version)
        .header("Provide-Capability", "org.patchbay.backend;org.patchbay.backend=toy");
  }

  @Test
  void aGoodBundleStartsIsUpdatedAndRemoved() throws Exception {
    drop(
        "a.jar",
        user("1.0.0").header("Import-Package", "org.patchbay.api;version=\"[0.1,1)\"").bytes());
    assertRuns(USER);
    drop("a.jar", user("1.0.1").bytes());
    assertRuns(USER);
    assertEquals("1.0.1", version());
    Files.delete(deploy.resolve("a.jar"));
    look();
    assertNull(bundle(USER));
    assertEquals(List.of(), warnings);
    assertEquals(0, Files.list(temporary.resolve("tmp")).count(), "copies are left");
  }

  @Test
  void aTouchedFileDisturbsNothing() throws Exception {
    byte[] jar = user("1.0.0").bytes();
    drop("a.jar", jar);
    Bundle running = bundle(USER);
    assertNotNull(running);
    long since = running.getLastModified();
    Files.setAttribute(deploy.resolve("a.jar"), "unix:mode", 0600);
    look();
    drop("a.jar", jar);
    assertEquals(since, running.getLastModified());
    assertRuns(USER);
  }

  @Test
  void halfAJarIsRefusedOnceAndRunsWhenItIsWhole() throws Exception {
    byte[] whole = user("1.0.0").entry("data", new byte[5000]).bytes();
    for (int part : new int[] {0, whole.length / 3, whole.length / 2, whole.length - 1}) {
      Files.write(deploy.resolve("a.jar"), Arrays.copyOf(whole, part));
      look();
      String sentence = String.join("|", warnings);
      assertTrue(
          sentence.startsWith("deploy/a.jar was refused: it is no whole jar file"), sentence);
      assertTrue(warnings.size() <= 2, sentence); // an empty file is one of its own
      assertNull(bundle(USER));
    }
    Files.write(deploy.resolve("a.jar"), whole);
    look();
    assertRuns(USER);
  }

  @Test
  void aDamagedEntryIsFound() throws Exception {
    byte[] data = new byte[100_000];
    new Random(1).nextBytes(data); // nothing that could be packed, so that the middle is data
    byte[] whole = user("1.0.0").entry("data", data).bytes();
    whole[whole.length / 2] ^= 0x55;
    drop("a.jar", whole);
    assertTrue(sentence().startsWith("deploy/a.jar was refused: it is no whole jar file ("));
    assertNull(bundle(USER));
  }

  @Test
  void whatIsNoBundleIsRefused() throws Exception {
    drop("a.jar", TestJar.plain().bytes());
    assertEquals(
        "deploy/a.jar was refused: it is no bundle: its manifest has no Bundle-SymbolicName.",
        sentence());
    drop("b.jar", "no jar at all".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertTrue(sentence().startsWith("deploy/b.jar was refused: it is no whole jar file ("));
    drop("c.jar", user("1.0.0").header("Import-Package", "a;version=\"[1,").bytes());
    assertTrue(sentence().startsWith("deploy/c.jar was refused: it is no bundle: its manifest"));
    drop("d.jar", user("1.0.0").header("Fragment-Host", "org.patchbay.api").bytes());
    assertTrue(sentence().startsWith("deploy/d.jar was refused: it is a fragment of"));
    drop("notes.txt", new byte[1]);
    assertTrue(sentence().startsWith("deploy/notes.txt is not used: "));
    drop("settings.cfg", new byte[1]);
    drop(".hidden.jar", new byte[1]);
    drop("a.jar.tmp", new byte[1]);
    assertEquals(List.of(), warnings);
  }

  @Test
  void aMissingPackageIsNamedAndTheBundleFollowsItsComingAndGoing() throws Exception {
    drop("a.jar", user("1.0.0").header("Import-Package", "org.lib;version=\"[1,2)\"").bytes());
    assertEquals(
        "deploy/a.jar was refused: it needs the package org.lib [1.0.0,2.0.0), which no bundle here"
            + " exports; it will start when that is there.",
        sentence());
    byte[] old =
        TestJar.bundle("org.example.lib", "3")
            .header("Export-Package", "org.lib;version=3")
            .bytes();
    drop("lib.jar", old);
    assertTrue(
        sentence().contains("it needs the package org.lib [1.0.0,2.0.0), and there is 3.0.0"));
    byte[] fits =
        TestJar.bundle("org.example.lib", "1")
            .header("Export-Package", "org.lib;version=1.5")
            .bytes();
    drop("lib.jar", fits);
    assertRuns(USER);
    Files.delete(deploy.resolve("lib.jar"));
    look();
    assertTrue(sentence().startsWith("deploy/a.jar does not run: it needs the package org.lib"));
    drop("lib.jar", fits);
    assertRuns(USER);
    assertEquals(List.of(), warnings);
  }

  @Test
  void bundlesThatNeedEachOtherStartTogether() throws Exception {
    drop("a.jar", user("1").header("Import-Package", "q").header("Export-Package", "p").bytes());
    assertEquals(1, warnings.size());
    drop(
        "b.jar",
        TestJar.bundle("b", "1")
            .header("Import-Package", "p")
            .header("Export-Package", "q")
            .bytes());
    assertRuns(USER);
    assertRuns("b");
  }

  @Test
  void anotherVersionOfTheApiIsNamedWithTheOneThereIs() throws Exception {
    drop("a.jar", user("1").header("Import-Package", "org.patchbay.api;version=\"[2,3)\"").bytes());
    assertTrue(
        sentence()
            .contains(
                "it needs version [2.0.0,3.0.0) of the API org.patchbay.api, and this platform has"
                    + " 0.1.0"));
  }

  @Test
  void capabilitiesAndBundlesThatAreMissingAreNamed() throws Exception {
    drop(
        "a.jar",
        user("1")
            .header("Require-Bundle", "org.gone;bundle-version=\"[1,2)\",opt;resolution:=optional")
            .header(
                "Require-Capability",
                "osgi.extender;filter:=\"(osgi.extender=x)\",later;effective:=active")
            .bytes());
    assertEquals(
        "deploy/a.jar was refused: it needs the bundle org.gone [1.0.0,2.0.0), which is not here; it"
            + " needs a capability osgi.extender with (osgi.extender=x), which no bundle here"
            + " provides; it will start when that is there.",
        sentence());
  }

  @Test
  void aNewerJavaIsNamed() throws Exception {
    int next = Runtime.version().feature() + 1;
    drop(
        "a.jar",
        user("1")
            .header(
                "Require-Capability",
                "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=" + next + "))\"")
            .bytes());
    assertTrue(
        sentence()
            .contains(
                "it needs Java "
                    + next
                    + ", and this platform runs on Java "
                    + Runtime.version().feature()));
    byte[] type = TestJar.bytes(TestJar.class);
    ByteBuffer.wrap(type).putShort(6, (short) (next + 44));
    drop("b.jar", user("2").entry("x/Y.class", type).bytes());
    assertTrue(sentence().contains("its class x/Y.class is made for Java " + next));
    assertNull(bundle(USER));
  }

  @Test
  void anActivatorThatThrowsIsNamedOnceAndMendedByABetterJar() throws Exception {
    drop("a.jar", user("1").activator(ThrowingActivator.class).bytes());
    assertEquals(
        "deploy/a.jar does not run: its activator threw java.lang.IllegalStateException: no"
            + " ?[2Jlicense found.",
        sentence());
    look();
    drop("other.jar", TestJar.bundle("other", "1").bytes());
    assertEquals(List.of(), warnings);
    drop("a.jar", user("1").bytes());
    assertRuns(USER);
  }

  @Test
  void anActivatorThatDoesNotReturnHoldsNobodyElse() throws Exception {
    System.setProperty(BlockingActivator.HOLD, "yes");
    folder = folderWith(300);
    drop("a.jar", user("1").activator(BlockingActivator.class).bytes());
    assertTrue(sentence().startsWith("deploy/a.jar does not run: it did not start within "));
    drop("other.jar", TestJar.bundle("other", "1").bytes());
    awaitRuns("other");
    Files.delete(deploy.resolve("a.jar"));
    look();
    assertNotNull(bundle(USER));
    System.clearProperty(BlockingActivator.HOLD);
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (bundle(USER) != null && System.nanoTime() < deadline) {
      Thread.sleep(20);
      look();
    }
    assertNull(bundle(USER));
  }

  @Test
  void aSecondOfTheSameIsRefusedUntilTheFirstIsGone() throws Exception {
    drop("a.jar", backend("1.0.0").bytes());
    drop("b.jar", backend("1.0.0").bytes());
    assertEquals(
        "deploy/b.jar was refused: bundle org.example.user 1.0.0 is here already, from deploy/a.jar.",
        sentence());
    drop("c.jar", backend("1.0.1").bytes());
    assertTrue(
        sentence()
            .startsWith(
                "deploy/c.jar was refused: its backend is here already, as bundle org.example.user"
                    + " 1.0.0 from deploy/a.jar"));
    Files.delete(deploy.resolve("b.jar"));
    Files.delete(deploy.resolve("a.jar"));
    look();
    assertRuns(USER);
    assertEquals("1.0.1", version());
  }

  @Test
  void librariesMayBeThereInSeveralVersions() throws Exception {
    drop("a.jar", user("1").header("Export-Package", "p;version=1").bytes());
    drop("b.jar", user("2").header("Export-Package", "p;version=2").bytes());
    assertEquals(List.of(), warnings);
  }

  @Test
  void whatIsThePlatformsOwnStaysSo() throws Exception {
    drop("a.jar", TestJar.bundle("org.patchbay.api", "9").bytes());
    assertTrue(
        sentence().startsWith("deploy/a.jar was refused: it calls itself org.patchbay.api, as"));
    drop("b.jar", user("1").header("Export-Package", "org.patchbay.api;version=1").bytes());
    assertTrue(
        sentence().startsWith("deploy/b.jar was refused: it exports the package org.patchbay.api"));
    drop("c.jar", user("1").entry("org/patchbay/api/Endpoint.class", new byte[9]).bytes());
    assertTrue(
        sentence()
            .startsWith(
                "deploy/c.jar was refused: it contains a copy of the API"
                    + " (org/patchbay/api/Endpoint.class)"));
    assertEquals(3, framework.getBundleContext().getBundles().length + 1);
  }

  @Test
  void aBadUpdateLeavesWhatRunsUntouched() throws Exception {
    drop("a.jar", user("1.0.0").bytes());
    Bundle running = bundle(USER);
    assertNotNull(running);
    long since = running.getLastModified();
    byte[] whole = user("1.0.1").bytes();
    List<byte[]> bad =
        List.of(
            Arrays.copyOf(whole, whole.length / 2),
            TestJar.plain().bytes(),
            user("1.0.1").header("Import-Package", "org.gone").bytes(),
            user("1.0.1").header("Import-Package", "org.patchbay.api;version=\"[2,3)\"").bytes(),
            TestJar.bundle("org.patchbay.api", "9").bytes());
    for (byte[] jar : bad) {
      drop("a.jar", jar);
      assertTrue(sentence().startsWith("deploy/a.jar was refused, and what runs of it goes on: "));
      assertEquals(Bundle.ACTIVE, running.getState());
      assertEquals(since, running.getLastModified());
    }
    drop("a.jar", whole);
    assertEquals("1.0.1", running.getVersion().toString());
    assertRuns(USER);
  }

  @Test
  void anUpdateThatTheFrameworkRefusesStopsNothing() throws Exception {
    drop("a.jar", user("1.0.0").bytes());
    Bundle running = bundle(USER);
    assertNotNull(running);
    List<Integer> events = new ArrayList<>();
    framework
        .getBundleContext()
        .addBundleListener(
            (SynchronousBundleListener)
                event -> {
                  if (event.getBundle().equals(running)) {
                    events.add(event.getType());
                  }
                });
    // Our own reading allows what the framework does not.
    drop("a.jar", user("1.0.1").header("Import-Package", "java.x,java.x").bytes());
    look();
    assertTrue(sentence().startsWith("deploy/a.jar was refused, and what runs of it goes on: "));
    assertEquals(List.of(), events);
    assertRuns(USER);
  }

  @Test
  void aJarThatIsTooDeepToReadHoldsNobodyElse() throws Exception {
    String filter = "(!".repeat(200_000) + "(a=b)" + ")".repeat(200_000);
    drop("a.jar", user("1").header("Require-Capability", "x;filter:=\"" + filter + "\"").bytes());
    assertTrue(sentence().startsWith("deploy/a.jar was refused: it cannot be read: "));
    drop("other.jar", TestJar.bundle("other", "1").bytes());
    assertRuns("other");
  }

  @Test
  void aFileThatOthersMayWriteToIsRefusedUntilThatIsMended() throws Exception {
    guardProblem = "it can be written to by everybody";
    drop("a.jar", user("1").bytes());
    assertEquals("deploy/a.jar was refused: it can be written to by everybody.", sentence());
    guardProblem = null;
    Files.setAttribute(deploy.resolve("a.jar"), "unix:mode", 0600);
    look();
    assertRuns(USER);
  }

  @Test
  void aNameIsPrintedWithoutItsControlCharacters() throws Exception {
    drop("\u001b[31mred\u202e.jar", TestJar.plain().bytes());
    assertTrue(sentence().startsWith("deploy/?[31mred?.jar was refused: "));
  }
}
