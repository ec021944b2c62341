package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * Configurations that can't be used are refused with a sentence that names key and value, at start
 * and while the platform runs, and nothing else stops; corrected, they count.
 */
final class ConfigurationDrill extends PlatformDrill {
  private static final String BAD_FILE = "org.patchbay.probe-nic1.cfg";

  ConfigurationDrill() {
    super("bad-configuration");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    PlatformProcess.prepareHome(
        ground.home(),
        Map.of(
            DEFAULT_NIC_FILE,
            DEFAULT_NIC_LINES,
            BAD_FILE,
            List.of("name=nic1", "plug=loopback", "rate=brisk"),
            "org.patchbay.cable-c0.cfg",
            List.of("name=c0", "a.hold=later")));
    PlatformProcess platform = ground.start();
    awaitTraffic(platform);
    awaitSentence(platform, "rate", "brisk");
    awaitSentence(platform, "a.hold", "later");
    require(!platform.ask("stats nic1").done(), "A NIC with a bad configuration is there");
    require(!platform.ask("stats c0.a").done(), "A cable with a bad configuration is there");

    write(platform, BAD_FILE, List.of("name=nic1", "plug=loopback", "rate=100"));
    Await.until("the corrected NIC nic1", LIMIT, () -> platform.ask("stats nic1").done());
    write(platform, BAD_FILE, List.of("name=nic1", "plug=loopback", "rate=-5"));
    awaitSentence(platform, "rate", "-5");
    awaitTraffic(platform);
    write(platform, BAD_FILE, List.of("name=nic1", "plug=loopback", "rate=100"));
    Await.until("the NIC nic1, corrected again", LIMIT, () -> platform.ask("stats nic1").done());
    delete(platform, BAD_FILE);
    Await.until("nic1 gone with its file", LIMIT, () -> !platform.ask("stats nic1").done());
    end(platform, out);
  }

  /** Waits for a warning on the platform's terminal that names a key and its value. */
  private static void awaitSentence(PlatformProcess platform, String key, String value)
      throws RigException, InterruptedException {
    platform
        .child()
        .awaitLine(
            "a sentence about " + key + "=" + value,
            LIMIT,
            line -> line.text().contains(key) && line.text().contains(value));
  }

  private static void write(PlatformProcess platform, String file, List<String> lines)
      throws RigException {
    try {
      Files.write(etc(platform).resolve(file), lines);
    } catch (IOException e) {
      throw new RigException(file + " can't be written: " + e.getMessage(), e);
    }
  }

  private static void delete(PlatformProcess platform, String file) throws RigException {
    try {
      Files.delete(etc(platform).resolve(file));
    } catch (IOException e) {
      throw new RigException(file + " can't be deleted: " + e.getMessage(), e);
    }
  }

  private static Path etc(PlatformProcess platform) {
    return platform.home().resolve("etc");
  }
}
