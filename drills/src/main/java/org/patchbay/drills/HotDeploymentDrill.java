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
 * A bundle that lies in deploy/ at the start or is dropped there starts, and one deleted there
 * stops, while frames flow: a copy of loopback-bundle under another symbolic name, whose endpoint
 * is shadowed by the original's.
 */
final class HotDeploymentDrill extends PlatformDrill {
  private static final String COPY = "org.patchbay.drills.copy";

  /** The copy lies in deploy/ at the start, and is dropped there once more. */
  private static final int ARRIVALS = 2;

  HotDeploymentDrill() {
    super("hot-deployment");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    PlatformProcess.prepareHome(ground.home(), Map.of(DEFAULT_NIC_FILE, DEFAULT_NIC_LINES));
    Path jar = ground.folder().resolve("copy.jar");
    BundleCopy.write(
        ground.distribution().bundle("loopback-bundle"), Map.of(BundleCopy.NAME_HEADER, COPY), jar);
    Path early = ground.home().resolve("deploy").resolve("early.jar");
    try {
      Files.createDirectories(early.getParent());
      Files.copy(jar, early);
    } catch (IOException e) {
      throw new RigException(jar + " can't be copied: " + e.getMessage(), e);
    }
    PlatformProcess platform = ground.start();
    awaitTraffic(platform);
    long swaps = platform.inspect(DEFAULT_NIC).number("swaps");

    awaitCopy(platform, true);
    withdraw(platform, early);
    withdraw(platform, deploy(platform, jar));

    awaitTraffic(platform);
    require(
        platform.inspect(DEFAULT_NIC).number("swaps") == swaps,
        "The NIC was moved, though its endpoint stayed");
    end(platform, out);
    // Each arrival is told of once: an operator is to learn that the copy's endpoint is not used.
    List<String> lines = requireLines(platform, 1 + ARRIVALS);
    require(
        lines.stream().filter(line -> line.contains(COPY) && line.contains(" is shadowed")).count()
            == ARRIVALS,
        "The terminal does not tell of each shadowed copy, but shows: "
            + String.join(" | ", lines));
  }

  private static Path deploy(PlatformProcess platform, Path jar)
      throws RigException, InterruptedException {
    Path deployed = platform.deploy(jar);
    awaitCopy(platform, true);
    require(platform.must("endpoints").contains("shadowed"), "The second loopback is not shadowed");
    return deployed;
  }

  private static void withdraw(PlatformProcess platform, Path deployed)
      throws RigException, InterruptedException {
    try {
      Files.delete(deployed);
    } catch (IOException e) {
      throw new RigException(deployed + " can't be deleted: " + e.getMessage(), e);
    }
    awaitCopy(platform, false);
  }

  private static void awaitCopy(PlatformProcess platform, boolean there)
      throws RigException, InterruptedException {
    Await.until(
        (there ? "an endpoint" : "the end of the endpoint") + " of " + COPY,
        LIMIT,
        () -> platform.must("endpoints").contains(COPY) == there);
  }
}
