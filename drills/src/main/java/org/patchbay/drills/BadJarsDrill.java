package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.RigException;

/**
 * Jars that cannot be used are dropped into deploy/ one after the other while two NICs pass frames:
 * each is refused in one sentence that names file and cause, once; those that are mended start; and
 * the NICs lose no frame and are not moved.
 */
final class BadJarsDrill extends PlatformDrill {
  private static final String OTHER_NIC = "nic1";
  private static final String OTHER_NIC_FILE = "org.patchbay.probe-nic1.cfg";
  private static final List<String> OTHER_NIC_LINES =
      List.of("name=nic1", "plug=loopback", "rate=1000");
  private static final String IMPORTS = "Import-Package";
  private static final String API = "java.lang,java.util,org.patchbay.api;version=\"[0.1,1)\"";

  /** Three looks of the platform at its folder: whatever is said again has been said by then. */
  private static final long SEVERAL_LOOKS_MILLIS = 1_600;

  BadJarsDrill() {
    super("bad-jars");
  }

  /** What one run knows. */
  private record Scene(PlatformProcess platform, Path deploy, Path loopback) {

    /** The bytes of a stranger's bundle: loopback-bundle with other headers. */
    byte[] stranger(String name, Map<String, String> headers) throws RigException {
      Map<String, String> all = new HashMap<>(headers);
      all.put(BundleCopy.NAME_HEADER, name);
      all.putIfAbsent(IMPORTS, API);
      // A backend of a type of its own.
      all.putIfAbsent("Provide-Capability", "org.patchbay.backend;org.patchbay.backend=" + name);
      return BundleCopy.bytes(loopback, all);
    }

    /** Copies a file as an operator does, in place and not in one instant. */
    void drop(String file, byte[] content) throws RigException {
      Path target = BundleCopy.write(content, deploy.resolve(file));
      try {
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r--r--"));
      } catch (IOException e) {
        throw new RigException(target + " gets no mode: " + e.getMessage(), e);
      }
    }

    void delete(String file) throws RigException {
      try {
        Files.delete(deploy.resolve(file));
      } catch (IOException e) {
        throw new RigException(file + " can't be deleted: " + e.getMessage(), e);
      }
    }

    long said(String pattern) {
      Pattern wanted = Pattern.compile(pattern);
      return platform.child().lines().stream()
          .filter(line -> wanted.matcher(line.text()).find())
          .count();
    }

    void awaitSaid(String pattern) throws RigException, InterruptedException {
      require(
          Await.within(LIMIT, () -> said(pattern) > 0),
          "Nobody said '" + pattern + "', but: " + terminal(platform));
    }

    void awaitEndpoint(String bundle, boolean there) throws RigException, InterruptedException {
      Await.until(
          (there ? "an endpoint" : "the end of the endpoint") + " of " + bundle,
          LIMIT,
          () -> platform.must("endpoints").contains(bundle) == there);
    }
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    PlatformProcess.prepareHome(
        ground.home(),
        Map.of(DEFAULT_NIC_FILE, DEFAULT_NIC_LINES, OTHER_NIC_FILE, OTHER_NIC_LINES));
    PlatformProcess platform = ground.start();
    Scene scene =
        new Scene(
            platform,
            ground.home().resolve("deploy"),
            ground.distribution().bundle("loopback-bundle"));
    awaitTraffic(platform);
    Await.until("the NIC " + OTHER_NIC, LIMIT, () -> platform.ask("stats " + OTHER_NIC).done());
    Inspection nic = platform.inspect(DEFAULT_NIC);
    Inspection other = platform.inspect(OTHER_NIC);

    int sentences = refusals(scene);
    mendings(scene);

    awaitTraffic(platform);
    requireUndisturbed(nic, platform.inspect(DEFAULT_NIC));
    requireUndisturbed(other, platform.inspect(OTHER_NIC));
    long warnings = scene.said("^(warning|error): .*(deploy/|Unable to resolve|FrameworkEvent)");
    require(
        warnings == sentences,
        sentences + " sentences were expected, and there are these: " + terminal(platform));
    out.say(sentences + " bad jars, " + warnings + " sentences");
    end(platform, out);
  }

  /**
   * Drops everything bad and waits for what is said of it; answers how many sentences there are.
   */
  private static int refusals(Scene scene) throws RigException, InterruptedException {
    byte[] good = scene.stranger("com.example.half", Map.of());
    scene.drop("half.jar", Arrays.copyOf(good, good.length / 2));
    scene.drop("text.jar", new byte[] {'n', 'o'});
    scene.drop("plain.jar", scene.stranger("", Map.of()));
    scene.drop(
        "needy.jar",
        scene.stranger("com.example.needy", Map.of(IMPORTS, API + ",com.example.lib")));
    scene.drop(
        "newer.jar",
        scene.stranger("com.example.newer", Map.of(IMPORTS, "org.patchbay.api;version=\"[2,3)\"")));
    scene.drop(
        "future.jar",
        scene.stranger(
            "com.example.future",
            Map.of("Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=99))\"")));
    scene.drop(
        "activator.jar",
        scene.stranger("com.example.activator", Map.of("Bundle-Activator", "com.example.Gone")));
    scene.drop("imposter.jar", scene.stranger("org.patchbay.tap", Map.of()));
    scene.drop(
        "api.jar", scene.stranger("com.example.api", Map.of("Export-Package", "org.patchbay.api")));
    List<String> expected =
        List.of(
            "deploy/half.jar was refused: it is no whole jar file",
            "deploy/text.jar was refused: it is no whole jar file",
            "deploy/plain.jar was refused: it is no bundle: its manifest has no Bundle-SymbolicName",
            "deploy/needy.jar was refused: it needs the package com.example.lib, which no bundle",
            "deploy/newer.jar was refused: it needs version \\[2.* of the API .* platform has 0\\.1",
            "deploy/future.jar was refused: it needs Java 99, and this platform runs on Java",
            "deploy/activator.jar does not run: it cannot be started: .*com\\.example\\.Gone",
            "deploy/imposter.jar was refused: it calls itself org.patchbay.tap, as a bundle of the",
            "deploy/api.jar was refused: it exports the package org.patchbay.api");
    for (String pattern : expected) {
      scene.awaitSaid(pattern);
    }
    Thread.sleep(SEVERAL_LOOKS_MILLIS);
    for (String pattern : expected) {
      require(scene.said(pattern) == 1, "'" + pattern + "' was said " + scene.said(pattern) + "×");
    }
    return expected.size();
  }

  /** Completes the half jar and brings what another needs; takes both away again. */
  private static void mendings(Scene scene) throws RigException, InterruptedException {
    scene.drop("half.jar", scene.stranger("com.example.half", Map.of()));
    scene.awaitEndpoint("com.example.half", true);
    scene.drop(
        "library.jar",
        scene.stranger(
            "com.example.library",
            Map.of("Export-Package", "com.example.lib", "Service-Component", "")));
    scene.awaitEndpoint("com.example.needy", true);
    for (String file : List.of("needy.jar", "half.jar", "library.jar")) {
      scene.delete(file);
    }
    scene.awaitEndpoint("com.example.needy", false);
    scene.awaitEndpoint("com.example.half", false);
  }

  private static void requireUndisturbed(Inspection before, Inspection after) throws RigException {
    for (String count : List.of("swaps", "lost", "tx lost", "corrupt", "refused ids")) {
      require(
          after.number(count) == before.number(count),
          "'" + count + "' went from " + before.number(count) + " to " + after.number(count));
    }
    require(
        after.number("returned") > before.number("returned"), "No frame came back in the meantime");
  }

  private static String terminal(PlatformProcess platform) {
    return String.join(" | ", platform.child().lines().stream().map(Child.Line::text).toList());
  }
}
