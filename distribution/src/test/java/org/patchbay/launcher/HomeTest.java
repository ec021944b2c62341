package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
  @TempDir Path temporary;
  private Path distribution;
  private Path folder;

  @BeforeEach
  void makeDistribution() throws IOException {
    distribution = temporary.resolve("distribution");
    folder = temporary.resolve("somewhere/home");
    Files.createDirectories(distribution.resolve("etc"));
    Files.writeString(distribution.resolve("etc/a.cfg"), "key=default");
  }

  @Test
  void newHomeGetsTheDefaultsAndAPrivateRunFolder() throws Exception {
    try (Home home = Home.open(folder, distribution)) {
      assertEquals("key=default", Files.readString(home.etc().resolve("a.cfg")));
      assertTrue(Files.isDirectory(home.deploy()));
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home.run())));
    }
  }

  @Test
  void changedConfigurationStays() throws Exception {
    Home.open(folder, distribution).close();
    Files.writeString(folder.resolve("etc/a.cfg"), "key=mine");
    Files.writeString(distribution.resolve("etc/b.cfg"), "new=default");
    try (Home home = Home.open(folder, distribution)) {
      assertEquals("key=mine", Files.readString(home.etc().resolve("a.cfg")));
      assertFalse(Files.exists(home.etc().resolve("b.cfg")));
    }
  }

  @Test
  void closeLeavesNoRunFolderAndFreesTheHome() throws Exception {
    Home home = Home.open(folder, distribution);
    Files.createDirectories(home.storage().resolve("bundle0"));
    Files.writeString(home.storage().resolve("bundle0/state"), "x");
    home.close();
    home.close();
    assertFalse(Files.exists(home.run()));
    Home.open(folder, distribution).close();
  }

  @Test
  void whatAKilledPlatformLeftIsRemoved() throws Exception {
    Files.createDirectories(folder.resolve("run/bundles"));
    Files.writeString(folder.resolve("run/control.sock"), "");
    try (Home home = Home.open(folder, distribution)) {
      assertFalse(Files.exists(home.run().resolve("control.sock")));
      assertFalse(Files.exists(home.storage()));
    }
  }

  @Test
  void secondPlatformIsRefusedWithTheFirstOnesProcess() throws Exception {
    try (Home home = Home.open(folder, distribution)) {
      LaunchException refusal =
          assertThrows(LaunchException.class, () -> Home.open(folder, distribution));
      assertEquals(
          "A platform already runs in "
              + folder
              + " (process "
              + ProcessHandle.current().pid()
              + "); end it, or choose another home with --home or PATCHBAY_HOME.",
          refusal.getMessage());
      assertTrue(Files.isDirectory(home.run()));
    }
  }

  @Test
  void folderTooDeepForASocketIsRefused() {
    Path deep = temporary.resolve("deep".repeat(30));
    LaunchException refusal =
        assertThrows(LaunchException.class, () -> Home.open(deep, distribution));
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("lies too deep for its control socket"),
        String.valueOf(refusal.getMessage()));
    assertFalse(Files.exists(deep));
  }

  @Test
  void folderThatCannotBeMadeIsRefused() throws Exception {
    Files.createDirectories(folder.getParent());
    Files.writeString(folder, "a file");
    LaunchException refusal =
        assertThrows(LaunchException.class, () -> Home.open(folder, distribution));
    assertTrue(
        String.valueOf(refusal.getMessage())
            .startsWith("The home folder " + folder + " cannot be used"),
        refusal::getMessage);
  }
}
