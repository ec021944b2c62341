package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may put code into a platform: checked on real folders with real modes. */
class WriteGuardTest {
  @TempDir Path temporary;
  private Path distribution;
  private Path folder;

  @BeforeEach
  void makeHome() throws Exception {
    temporary = temporary.toRealPath();
    distribution = temporary.resolve("distribution");
    folder = temporary.resolve("lib/home");
    Files.createDirectories(distribution.resolve("etc"));
    Files.writeString(distribution.resolve("etc/a.cfg"), "key=default");
    Files.createDirectory(temporary.resolve("lib"), mode("rwxr-xr-x"));
    Home.open(folder, distribution).close();
  }

  private static java.nio.file.attribute.FileAttribute<?> mode(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }

  private static void setMode(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
  }

  private String refusal() {
    LaunchException refusal =
        assertThrows(LaunchException.class, () -> Home.open(folder, distribution));
    return String.valueOf(refusal.getMessage());
  }

  private void mendAsTold(String sentence) throws Exception {
    String command = sentence.substring(sentence.indexOf("chmod go-w "));
    Process shell = new ProcessBuilder("sh", "-c", command).inheritIO().start();
    assertTrue(shell.waitFor(10, TimeUnit.SECONDS));
    assertEquals(0, shell.exitValue());
  }

  @ParameterizedTest
  @CsvSource({
    "deploy, 0775, its group",
    "deploy, 0757, everybody",
    "deploy, 01777, everybody",
    "etc, 0770, its group",
    "etc, 0702, everybody",
    "run, 0777, everybody",
    "'', 0775, its group",
    "etc/a.cfg, 0664, its group",
    "deploy/it's mine.jar, 0666, everybody"
  })
  void whatOthersMayWriteToIsRefusedAndTheSentenceMendsIt(String name, String mode, String who)
      throws Exception {
    Path path = folder.resolve(name);
    if (Files.notExists(path)) {
      if (name.endsWith(".jar")) {
        Files.writeString(path, "");
      } else {
        Files.createDirectory(path);
      }
    }
    setMode(path, Integer.parseInt(mode, 8));
    String sentence = refusal();
    assertTrue(sentence.startsWith(path + " can be written to by " + who + ", "), sentence);
    assertFalse(sentence.contains("\n"), sentence);
    mendAsTold(sentence);
    Home.open(folder, distribution).close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0775, 0777})
  void aFolderAboveInWhichOthersMayRenameIsRefused(int mode) throws Exception {
    Path above = temporary.resolve("lib");
    setMode(above, mode);
    String sentence = refusal();
    assertTrue(
        sentence.startsWith(above + " can be written to by ")
            && sentence.contains("could put something else in the place of " + folder),
        sentence);
    mendAsTold(sentence);
    Home.open(folder, distribution).close();
  }

  @Test
  void aFolderAboveWithTheStickyBitIsAllowed() throws Exception {
    setMode(temporary.resolve("lib"), 01777);
    Home.open(folder, distribution).close();
  }

  @Test
  void aFolderThatHoldsTheCodeAsWellIsNotLookedAt() throws Exception {
    // Who can write there can exchange the platform itself: a clone made with umask 002 is so.
    setMode(temporary, 0775);
    Home.open(folder, distribution).close();
  }

  @Test
  void aSymbolicLinkIsFollowedToWhatItLeadsTo() throws Exception {
    Path above = temporary.resolve("elsewhere");
    Path elsewhere = above.resolve("real");
    Files.createDirectories(elsewhere);
    Files.delete(folder.resolve("deploy"));
    Files.createSymbolicLink(folder.resolve("deploy"), elsewhere);
    setMode(above, 0755);
    setMode(elsewhere, 0775);
    assertTrue(refusal().startsWith(elsewhere + " can be written to by its group"), refusal());
    setMode(elsewhere, 0755);
    setMode(above, 0777);
    assertTrue(refusal().startsWith(above + " can be written to"), refusal());
    setMode(above, 0755);
    Home.open(folder, distribution).close();
  }

  @Test
  void aLinkedFileIsRefusedIfItsFolderIsNotSafe() throws Exception {
    Path shared = Files.createDirectory(temporary.resolve("shared"));
    Path file = Files.writeString(shared.resolve("b.cfg"), "x");
    setMode(file, 0644);
    Files.createSymbolicLink(folder.resolve("etc/b.cfg"), file);
    setMode(shared, 0755);
    Home.open(folder, distribution).close();
    setMode(shared, 0777);
    assertTrue(refusal().startsWith(shared + " can be written to by everybody"), refusal());
  }

  /** A jar as {@code deploy/x.jar}, behind a link to a folder; answers the folder of that link. */
  private Path jarBehindTwoLinks() throws Exception {
    Path releases = Files.createDirectory(temporary.resolve("releases"));
    setMode(releases, 0755);
    Path release = Files.createDirectory(releases.resolve("7"));
    setMode(release, 0755);
    setMode(Files.writeString(release.resolve("x.jar"), ""), 0644);
    Path team = Files.createDirectory(temporary.resolve("team"));
    setMode(team, 0755);
    Files.createSymbolicLink(team.resolve("current"), Path.of("../releases/7"));
    Files.createSymbolicLink(folder.resolve("deploy/x.jar"), team.resolve("current/x.jar"));
    return team;
  }

  @Test
  void aLinkInsideALinksPathIsRefusedIfOthersCanExchangeIt() throws Exception {
    Path team = jarBehindTwoLinks();
    Home.open(folder, distribution).close();
    setMode(team, 0775);
    String sentence = refusal();
    assertTrue(
        sentence.startsWith(team + " can be written to by its group")
            && sentence.contains("in the place of " + folder.resolve("deploy/x.jar")),
        sentence);
    mendAsTold(sentence);
    Home.open(folder, distribution).close();
  }

  @Test
  void whatWasCheckedIsTheFileWithoutLinks() throws Exception {
    jarBehindTwoLinks();
    assertEquals(
        new WriteGuard.Way(temporary.resolve("releases/7/x.jar"), null),
        WriteGuard.ofThisProcess(distribution).follow(folder.resolve("deploy/x.jar")));
  }

  @Test
  void aLinkToNothingIsRefusedIfOthersCouldMakeWhatItLeadsTo() throws Exception {
    Path shared = Files.createDirectory(temporary.resolve("shared"));
    Path link = folder.resolve("etc/b.cfg");
    Files.createSymbolicLink(link, shared.resolve("later/b.cfg"));
    setMode(shared, 0755);
    Home.open(folder, distribution).close();
    setMode(shared, 0777);
    assertTrue(refusal().startsWith(shared + " can be written to by everybody"), refusal());
    // As in /tmp, nobody can rename another's there, but everybody can make something new.
    setMode(shared, 01777);
    String sentence = refusal();
    assertTrue(
        sentence.startsWith(link + " leads to " + shared.resolve("later") + ", which is not there"),
        sentence);
    assertTrue(sentence.endsWith(": rm " + link), sentence);
    Files.delete(link);
    Home.open(folder, distribution).close();
  }

  @Test
  void anothersLinkInAFolderWithTheStickyBitIsRefused() throws Exception {
    Path shared = Files.createDirectory(temporary.resolve("shared"));
    setMode(shared, 01777);
    Path theirs = Files.createSymbolicLink(shared.resolve("link"), folder.resolve("etc/a.cfg"));
    Path link = Files.createSymbolicLink(folder.resolve("etc/b.cfg"), theirs);
    int me = (Integer) Files.getAttribute(theirs, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    Home.open(folder, distribution).close();
    if (me == 0) {
      Files.setAttribute(theirs, "unix:uid", 4711, LinkOption.NOFOLLOW_LINKS);
      String sentence = refusal();
      assertTrue(
          sentence.startsWith(theirs + " belongs to 4711, who could lead " + link + " elsewhere"),
          sentence);
    }
  }

  @Test
  void aRingOfLinksIsRefused() throws Exception {
    Files.createSymbolicLink(folder.resolve("etc/b.cfg"), Path.of("c.cfg"));
    Files.createSymbolicLink(folder.resolve("etc/c.cfg"), Path.of("b.cfg"));
    assertTrue(refusal().contains("FileSystemLoopException"), refusal());
  }

  @Test
  void aDeployFolderBehindALinkIsUsedWithoutIt() throws Exception {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    setMode(elsewhere, 0755);
    Files.delete(folder.resolve("deploy"));
    Files.createSymbolicLink(folder.resolve("deploy"), Path.of("../../elsewhere"));
    try (Home home = Home.open(folder, distribution)) {
      assertEquals(elsewhere, home.deploy());
    }
  }

  @Test
  void aHomeBehindALinkIsUsedWithoutIt() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), folder);
    try (Home home = Home.open(link, distribution)) {
      assertEquals(folder, home.folder());
      assertEquals(folder.resolve("deploy"), home.deploy());
    }
  }

  @Test
  void whatBelongsToAnotherUserIsRefused() throws Exception {
    Path file = folder.resolve("etc/a.cfg");
    int me = (Integer) Files.getAttribute(file, "unix:uid");
    assertEquals(null, new WriteGuard(distribution, me).follow(file).problem());
    if (me == 0) {
      // As root, hand it to another; else look at it as another user would.
      Files.setAttribute(file, "unix:uid", 4711);
      String sentence = refusal();
      assertTrue(sentence.contains(" belongs to 4711, "), sentence);
      assertTrue(sentence.endsWith(": chown " + System.getProperty("user.name") + " " + file));
    } else {
      String sentence = String.valueOf(new WriteGuard(distribution, me + 1).follow(file).problem());
      assertTrue(sentence.contains(" belongs to "), sentence);
    }
  }

  @Test
  void whatAHomeIsMadeOfIsItsOwnersAloneWhateverTheSourcesModes() throws Exception {
    // A distribution from a clone with umask 002; the test's own umask cannot be set.
    setMode(distribution.resolve("etc"), 0777);
    setMode(distribution.resolve("etc/a.cfg"), 0666);
    Path fresh = temporary.resolve("lib/new/fresh");
    Home.open(fresh, distribution).close();
    for (String name : new String[] {"..", "", "etc", "etc/a.cfg", "deploy", "log", "lock"}) {
      int mode = (Integer) Files.getAttribute(fresh.resolve(name), "unix:mode");
      assertEquals(0, mode & 0022, name + " has mode " + Integer.toOctalString(mode));
    }
  }
}
