package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code ./patchbay conformance} as a vendor calls it: in an unpacked distribution, without the
 * sources, on bundles good and bad.
 */
@Timeout(150)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceCommandIT {

  private static final long LIMIT_SECONDS = 90;

  /** What a call of the command gave. */
  private record Answer(int status, String text) {}

  /** A call that goes on while others are made. */
  private record Call(Process process, Path output) {
    Answer answer() throws Exception {
      assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it did not end");
      return new Answer(process.exitValue(), Files.readString(output));
    }
  }

  private Path folder = Path.of("");
  private Path distribution = Path.of("");
  private final List<Process> processes = new ArrayList<>();
  private final List<Call> slow = new ArrayList<>();

  @BeforeAll
  void unpack(@TempDir Path made) throws Exception {
    folder = made;
    Path target = Path.of(Objects.requireNonNull(System.getProperty("patchbay.target")));
    Path archive;
    try (Stream<Path> files = Files.list(target)) {
      archive = files.filter(file -> file.toString().endsWith(".tar.gz")).findAny().orElseThrow();
    }
    Process tar =
        new ProcessBuilder("tar", "xzf", archive.toString(), "-C", folder.toString()).start();
    assertTrue(tar.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS));
    assertEquals(0, tar.exitValue());
    String name = archive.getFileName().toString();
    distribution = folder.resolve(name.substring(0, name.length() - ".tar.gz".length()));
    Files.createDirectory(folder.resolve("tmp"));
    // These mostly wait.
    slow.add(call(faulty("blocks").toString()));
    slow.add(call(bundle("org.example.nothing", "", "").toString()));
  }

  @AfterAll
  void end() throws InterruptedException {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private Call call(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(distribution.resolve("patchbay").toString());
    command.add("conformance");
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(folder, "output", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + folder.resolve("tmp"));
    Process process = builder.start();
    processes.add(process);
    return new Call(process, output);
  }

  private Answer answer(String... arguments) throws Exception {
    return call(arguments).answer();
  }

  private static void assertHas(String wanted, String text) {
    assertTrue(text.contains(wanted), () -> "no '" + wanted + "' in:\n" + text);
  }

  /** The verdict of a line, as the report has it. */
  private static void assertVerdict(String verdict, String line, Answer answer) {
    Pattern row = Pattern.compile("(?m)^  " + verdict + " +" + line + " ");
    assertTrue(row.matcher(answer.text()).find(), () -> verdict + " " + line + answer.text());
  }

  private Path ours(String bundle) throws IOException {
    try (Stream<Path> jars = Files.list(distribution.resolve("bundle/05"))) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith(bundle))
          .findAny()
          .orElseThrow();
    }
  }

  @Test
  void ourOwnBackendsConform() throws Exception {
    Answer loopback = answer(ours("loopback-bundle").toString());
    assertEquals(0, loopback.status(), loopback.text());
    assertHas("No line is broken.", loopback.text());
    assertVerdict("held", "Q10", loopback);
    assertVerdict("held", "B16", loopback);

    Answer dropping = answer(ours("null-bundle").toString(), "--reports", "reports");
    assertEquals(0, dropping.status(), dropping.text());
    assertVerdict("held", "Q16", dropping);
    assertVerdict("not checked", "Q10", dropping);
    assertHas("needs a far end", dropping.text());
    try (Stream<Path> reports = Files.list(folder.resolve("reports"))) {
      String report = Files.readString(reports.findAny().orElseThrow());
      assertTrue(dropping.text().contains(report), report);
    }
  }

  @Test
  void aBrokenLineIsNamed() throws Exception {
    Answer answer = answer(faulty("completes-wrongly").toString());
    assertEquals(1, answer.status(), answer.text());
    assertVerdict("BROKEN", "Q16", answer);
    assertHas("txPoll answered id 4711, which is not in flight", answer.text());
    assertTrue(answer.text().endsWith("Broken lines: Q16\n"), answer.text());
  }

  @Test
  void aBackendThatEndsTheProcessIsReported() throws Exception {
    Answer answer = answer(faulty("exits").toString());
    assertEquals(1, answer.status(), answer.text());
    assertHas("its process ended with exit code 7 while this was checked", answer.text());
    assertTrue(answer.text().endsWith("Broken lines: E17\n"), answer.text());
  }

  @Test
  void aBackendThatBlocksForEverIsReportedAndGivenUp() throws Exception {
    Answer answer = slow.get(0).answer();
    assertEquals(1, answer.status(), answer.text());
    assertVerdict("BROKEN", "Q6", answer);
    assertTrue(answer.text().endsWith("Broken lines: Q6\n"), answer.text());
  }

  @Test
  void aBundleWithoutAnEndpointIsRefusedWithTheReason() throws Exception {
    Answer answer = slow.get(1).answer();
    assertEquals(2, answer.status(), answer.text());
    assertHas(
        "patchbay: bundle org.example.nothing offers no endpoint: it declares no backend, and no"
            + " service org.patchbay.api.Endpoint appeared within 5 s",
        answer.text());
  }

  @Test
  void whatCannotBeRunIsRefusedInOneSentence() throws Exception {
    Path text = Files.writeString(folder.resolve("text.jar"), "no jar at all");
    Path lacking =
        bundle("org.example.lacking", "org.example.missing;version=\"[2,3)\",org.patchbay.api", "");
    Path newer = bundle("org.example.newer", "org.patchbay.api;version=\"[99,100)\"", "");
    Path failing = bundle("org.example.failing", "org.osgi.framework", "org.example.NotThere");
    String tap = ours("tap-bundle").toString();
    refused("there is no file none.jar.", "none.jar");
    refused("text.jar is not a jar: ", text.toString());
    refused("conformance needs a bundle, for example", new String[0]);
    refused(
        "it requires the package org.example.missing from version 2.0.0 and below 3.0.0, which no"
            + " bundle here exports.",
        lacking.toString());
    refused("the package org.patchbay.api from version 99.0.0", newer.toString());
    refused("bundle org.example.failing can't be started: ", failing.toString());
    refused("with keys out of name, ifname, netns,", tap);
    refused("ifname is 'a-name-that-is-too-long'", tap, "ifname=a-name-that-is-too-long");
    refused("has no backend of type 'tup'; it has tap.", tap, "type=tup");
  }

  private void refused(String why, String... arguments) throws Exception {
    Answer answer = answer(arguments);
    assertEquals(arguments.length == 0 ? 1 : 2, answer.status(), answer.text());
    String own =
        answer
            .text()
            .lines()
            .filter(line -> !line.startsWith("NOTE: "))
            .reduce("", (a, b) -> a + b);
    assertTrue(own.startsWith("patchbay: "), own);
    assertHas(why, own);
  }

  @AfterAll
  void nothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
      assertFalse(
          left.anyMatch(path -> path.getFileName().toString().startsWith("patchbay-")),
          "a temporary folder was left");
    }
  }

  // ---- bundles ----

  private Path faulty(String fault) throws IOException {
    return bundle(
        "org.example." + fault,
        "org.osgi.framework,org.patchbay.api",
        FaultyBackend.class.getName(),
        FaultyBackend.class,
        FaultyBackend.FaultyEndpoint.class,
        FaultyBackend.FaultyQueue.class);
  }

  private Path bundle(String symbolicName, String imports, String activator, Class<?>... classes)
      throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", symbolicName);
    main.putValue("Bundle-Version", "1.0.0");
    if (!imports.isEmpty()) {
      main.putValue("Import-Package", imports);
    }
    if (!activator.isEmpty()) {
      main.putValue("Bundle-Activator", activator);
    }
    Path jar = folder.resolve(symbolicName + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      for (Class<?> type : classes) {
        String name = type.getName().replace('.', '/') + ".class";
        out.putNextEntry(new JarEntry(name));
        try (InputStream code = type.getClassLoader().getResourceAsStream(name)) {
          Objects.requireNonNull(code).transferTo(out);
        }
        out.closeEntry();
      }
    }
    return jar;
  }
}
