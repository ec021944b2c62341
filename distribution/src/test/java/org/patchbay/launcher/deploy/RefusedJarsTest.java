package org.patchbay.launcher.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is said of jars that cannot be used, and that they are taken once they can. */
class RefusedJarsTest extends DeployFolderFixture {

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
    look();
    assertEquals(List.of(), warnings);
    // It may have been a folder above, whose mending does not show on the file.
    guardProblem = null;
    look();
    assertRuns(USER);
  }

  @Test
  void aNameIsPrintedWithoutItsControlCharacters() throws Exception {
    drop("\u001b[31mred\u202e.jar", TestJar.plain().bytes());
    assertTrue(sentence().startsWith("deploy/?[31mred?.jar was refused: "));
  }

  @Test
  void aFileThatIsTooLargeIsNotEvenCopied() throws Exception {
    // Copies fail from now on: whoever tries says that.
    Files.delete(temporary.resolve("tmp"));
    Files.createFile(temporary.resolve("tmp"));
    try (RandomAccessFile file = new RandomAccessFile(deploy.resolve("a.jar").toFile(), "rw")) {
      file.setLength((512L << 20) + 1); // a hole
    }
    look();
    assertEquals("deploy/a.jar was refused: it is larger than 512 MiB.", sentence());
  }

  @Test
  void aCopyThatFailsIsToldOnceAndTriedAgain() throws Exception {
    Files.delete(temporary.resolve("tmp"));
    Files.createFile(temporary.resolve("tmp"));
    drop("a.jar", user("1").bytes());
    look();
    String sentence = sentence();
    assertTrue(
        sentence.startsWith("deploy/a.jar was refused: it cannot be copied: ")
            && sentence.endsWith("; that is tried again."),
        sentence);
    Files.delete(temporary.resolve("tmp"));
    Files.createDirectory(temporary.resolve("tmp"));
    look();
    assertRuns(USER);
  }

  @Test
  void aJarIsTakenFromWhereTheGuardFoundIt() throws Exception {
    byte[] good = user("1").bytes();
    Files.write(temporary.resolve("checked.jar"), good);
    checkedPath = temporary.resolve("checked.jar");
    drop("a.jar", new byte[good.length]);
    assertRuns(USER);
  }

  @Test
  void aLinkIsUsedAsLongAsItLeadsToAJar() throws Exception {
    Path elsewhere = temporary.resolve("elsewhere.jar");
    Files.createSymbolicLink(deploy.resolve("a.jar"), elsewhere);
    look();
    assertEquals(
        "deploy/a.jar is not used: it leads to "
            + elsewhere
            + ", which is not there or cannot be reached.",
        sentence());
    Files.write(elsewhere, user("1").bytes());
    look();
    assertRuns(USER);
    Files.delete(elsewhere);
    look();
    assertNull(bundle(USER));
    assertTrue(sentence().startsWith("deploy/a.jar is not used: it leads to "));
  }
}
