package org.patchbay.launcher.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.SynchronousBundleListener;

/** What becomes of jars that come, change and go. */
class DeployFolderTest extends DeployFolderFixture {

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
}
