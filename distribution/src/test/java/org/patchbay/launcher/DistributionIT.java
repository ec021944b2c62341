package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the packed distribution as its user does: unpacked somewhere, without the sources. */
@Timeout(120)
class DistributionIT {
  private static final Duration UP_LIMIT = Duration.ofSeconds(30);

  @TempDir Path temporary;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  @Test
  void startsAndEndsInOrderLeavingNothing() throws Exception {
    Path distribution = unpack();
    Path output = temporary.resolve("output");
    Process platform = startAndAwaitUp(distribution, output);
    assertEquals(
        "", linesOf(output, "warning:", "error:"), "a start without warnings: " + text(output));
    assertTrue(Files.isDirectory(distribution.resolve("run")));

    long begin = System.nanoTime();
    platform.destroy();
    assertTrue(platform.waitFor(10, TimeUnit.SECONDS));
    long milliseconds = (System.nanoTime() - begin) / 1_000_000;
    assertEquals(0, platform.exitValue(), text(output));
    assertTrue(milliseconds < 5_000, "the end took " + milliseconds + " ms");
    assertFalse(Files.exists(distribution.resolve("run")));
    assertTrue(text(distribution.resolve("log/patchbay.log")).contains("The platform has ended."));
  }

  @Test
  void defaultNicRunsAndIsSwappedFromAnotherTerminal() throws Exception {
    Path distribution = unpack();
    Path output = temporary.resolve("output");
    Process platform = startAndAwaitUp(distribution, output);

    Pattern counted = Pattern.compile("(?m)^nic0 +[1-9][0-9]* +[0-9]+ .*");
    long end = System.nanoTime() + UP_LIMIT.toNanos();
    String stats = answer(distribution, 0, "stats");
    while (!counted.matcher(stats).find()) {
      assertTrue(System.nanoTime() < end, "no frames of nic0 in: " + stats);
      stats = answer(distribution, 0, "stats");
    }
    String swap = answer(distribution, 0, "plug nic0 null");
    assertTrue(swap.startsWith("nic0: loopback -> null, blackout "), swap);
    assertTrue(answer(distribution, 0, "nics").matches("(?s).*nic0 +probe .* null .*"));
    String refusal = answer(distribution, 1, "plug nic0 nothing");
    assertTrue(refusal.contains("'nothing'"), refusal);
    assertEquals(1, refusal.lines().count(), refusal);
    assertTrue(answer(distribution, 0, "nics").matches("(?s).*nic0 +probe .* null .*"));
  }

  @Test
  void secondPlatformInTheSameHomeIsRefused() throws Exception {
    Path distribution = unpack();
    Path output = temporary.resolve("output");
    Process platform = startAndAwaitUp(distribution, output);

    Path refusal = temporary.resolve("refusal");
    assertEquals(1, exitOf(start(distribution, refusal, "run")));
    assertTrue(text(refusal).contains("A platform already runs in "), text(refusal));
    assertEquals(1, text(refusal).lines().count(), text(refusal));

    Path other = temporary.resolve("other-output");
    Path home = temporary.resolve("other-home");
    Process second = start(distribution, other, "--home", home.toString(), "run");
    awaitText(second, other, "is up");
    assertTrue(Files.isDirectory(home.resolve("etc")));
  }

  @Test
  void bundlesInDeployComeAndGo() throws Exception {
    Path distribution = unpack();
    Path output = temporary.resolve("output");
    Process platform = startAndAwaitUp(distribution, output);
    Path log = distribution.resolve("log/patchbay.log");
    Path deployed = distribution.resolve("deploy/example.jar");
    Path made = temporary.resolve("example.jar");
    writeBundle(made, "org.example.deployed", null);
    Files.move(made, deployed);
    awaitText(platform, log, "INFO org.example.deployed: BundleEvent STARTED");
    Files.delete(deployed);
    awaitText(platform, log, "INFO org.example.deployed: BundleEvent UNINSTALLED");
  }

  @Test
  void platformThatDoesNotStopIsEndedByForce() throws Exception {
    Path distribution = unpack();
    Path bundle = distribution.resolve("bundle/15/stuck.jar");
    writeBundle(bundle, "org.example.stuck", StuckStop.class);
    Path output = temporary.resolve("output");
    Process platform = startAndAwaitUp(distribution, output);
    endByForce(platform, output, distribution);
  }

  @Test
  void platformThatDoesNotComeUpIsEndedByForce() throws Exception {
    Path distribution = unpack();
    Path bundle = distribution.resolve("bundle/15/stuck.jar");
    writeBundle(bundle, "org.example.stuck", StuckStart.class);
    Path output = temporary.resolve("output");
    Process platform = start(distribution, output, "run");
    awaitText(platform, output, StuckStart.SAID);
    endByForce(platform, output, distribution);
  }

  private static void endByForce(Process platform, Path output, Path distribution)
      throws Exception {
    long begin = System.nanoTime();
    platform.destroy();
    assertTrue(platform.waitFor(20, TimeUnit.SECONDS));
    long milliseconds = (System.nanoTime() - begin) / 1_000_000;
    assertEquals(1, platform.exitValue(), text(output));
    assertTrue(milliseconds < 6_000, "the end took " + milliseconds + " ms");
    String forced = linesOf(output, "ended by force");
    assertTrue(forced.contains("org.example.stuck"), text(output));
    assertFalse(Files.exists(distribution.resolve("run")));
  }

  @Test
  void jvmWithoutNativeAccessIsRefused() throws Exception {
    Path distribution = unpack();
    Path output = temporary.resolve("output");
    // Without -jar the manifest's Enable-Native-Access does not count.
    Process platform =
        start(
            output,
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                distribution.resolve("lib/launcher.jar").toString(),
                "org.patchbay.launcher.Main"));
    assertEquals(1, exitOf(platform));
    assertTrue(text(output).contains("--enable-native-access=ALL-UNNAMED"), text(output));
    assertFalse(Files.exists(distribution.resolve("run")));
  }

  @Test
  void brokenDistributionFailsAndLeavesNothing() throws Exception {
    Path distribution = unpack();
    Files.writeString(distribution.resolve("bundle/02/broken.jar"), "not a jar");
    Path output = temporary.resolve("output");
    assertEquals(1, exitOf(start(distribution, output, "run")));
    assertTrue(text(output).contains("patchbay: The platform could not start"), text(output));
    assertTrue(text(output).contains("broken.jar"), text(output));
    assertFalse(Files.exists(distribution.resolve("run")));
  }

  @Test
  void wrongCallsAreAnsweredInOneSentence() throws Exception {
    Path distribution = unpack();
    for (List<String> call :
        List.of(List.of("nonsense"), List.of("exec"), List.of("run", "x"), List.of("--home"))) {
      Path output = temporary.resolve("wrong");
      assertEquals(1, exitOf(start(distribution, output, call.toArray(String[]::new))));
      assertTrue(text(output).startsWith("patchbay: "), call + ": " + text(output));
      assertEquals(1, text(output).lines().count(), call + ": " + text(output));
    }
    Path output = temporary.resolve("nothing-runs");
    assertEquals(2, exitOf(start(distribution, output, "exec", "nics")));
    assertTrue(text(output).contains("No platform runs in "), text(output));
  }

  private String answer(Path distribution, int status, String command) throws Exception {
    Path answer = temporary.resolve("answer");
    assertEquals(status, exitOf(start(distribution, answer, "exec", command)), text(answer));
    return text(answer);
  }

  private Path unpack() throws Exception {
    Path target = Path.of(Objects.requireNonNull(System.getProperty("patchbay.target")));
    try (Stream<Path> files = Files.list(target)) {
      Path archive =
          files.filter(file -> file.toString().endsWith(".tar.gz")).findAny().orElseThrow();
      Process tar =
          start(
              temporary.resolve("tar-output"),
              List.of("tar", "xzf", archive.toString(), "-C", temporary.toString()));
      assertEquals(0, exitOf(tar), text(temporary.resolve("tar-output")));
      String name = archive.getFileName().toString();
      return temporary.resolve(name.substring(0, name.length() - ".tar.gz".length()));
    }
  }

  private Process startAndAwaitUp(Path distribution, Path output) throws Exception {
    Process platform = start(distribution, output, "run");
    awaitText(platform, output, "is up");
    return platform;
  }

  private Process start(Path distribution, Path output, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(distribution.resolve("patchbay").toString()));
    command.addAll(List.of(arguments));
    return start(output, command);
  }

  private Process start(Path output, List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().remove("PATCHBAY_HOME");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private static int exitOf(Process process) throws InterruptedException {
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the process did not end");
    return process.exitValue();
  }

  private static void awaitText(Process process, Path file, String wanted) throws Exception {
    long end = System.nanoTime() + UP_LIMIT.toNanos();
    while (!text(file).contains(wanted)) {
      assertTrue(System.nanoTime() < end, "no '" + wanted + "' in: " + text(file));
      // The process's end is the condition that is waited for; its output is looked at meanwhile.
      if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
        assertTrue(text(file).contains(wanted), "ended without '" + wanted + "': " + text(file));
      }
    }
  }

  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private static String linesOf(Path file, String... wanted) throws IOException {
    StringBuilder lines = new StringBuilder();
    text(file)
        .lines()
        .filter(line -> Stream.of(wanted).anyMatch(line::contains))
        .forEach(line -> lines.append(line).append('\n'));
    return lines.toString();
  }

  private static void writeBundle(Path jar, String symbolicName, @Nullable Class<?> activator)
      throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", symbolicName);
    main.putValue("Bundle-Version", "1.0.0");
    if (activator != null) {
      main.putValue("Bundle-Activator", activator.getName());
      main.putValue("Import-Package", "org.osgi.framework");
    }
    Files.createDirectories(Objects.requireNonNull(jar.getParent()));
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      if (activator != null) {
        String name = activator.getName().replace('.', '/') + ".class";
        out.putNextEntry(new JarEntry(name));
        try (InputStream code = activator.getClassLoader().getResourceAsStream(name)) {
          Objects.requireNonNull(code).transferTo(out);
        }
        out.closeEntry();
      }
    }
  }
}
