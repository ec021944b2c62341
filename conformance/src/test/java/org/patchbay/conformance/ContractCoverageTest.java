package org.patchbay.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every line of docs/contract.md has a test that bears its id, and every id is that of a line. */
final class ContractCoverageTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINE =
      Pattern.compile("^\\| ([A-Z][0-9]+)( ●)? \\|", Pattern.MULTILINE);
  private static final Pattern ANNOTATION = Pattern.compile("@ContractLine\\(([^)]*)\\)");
  private static final Pattern DISPLAY_NAME =
      Pattern.compile("@DisplayName\\(\\s*\"((?:[EQBWNLTD][0-9]+,? )+)");

  /** A line about time, which a bench shows and no test. */
  private static final String MEASURED = "D12";

  private static final Pattern ID = Pattern.compile("[A-Z][0-9]+");

  /** Ids of the lines, each with whether the kit checks it. */
  private static Map<String, Boolean> lines() throws IOException {
    Map<String, Boolean> lines = new TreeMap<>();
    Matcher matcher = LINE.matcher(Files.readString(ROOT.resolve("docs/contract.md")));
    while (matcher.find()) {
      assertEquals(null, lines.put(matcher.group(1), matcher.group(2) != null), matcher.group(1));
    }
    return lines;
  }

  private static Set<String> checked() {
    Set<String> checked =
        ConformanceKit.checks().stream()
            .map(Check::line)
            .collect(Collectors.toCollection(TreeSet::new));
    checked.addAll(WrapperKit.lines());
    return checked;
  }

  /** Ids that tests of all modules bear. */
  private static Set<String> tested() throws IOException {
    Set<String> ids = new TreeSet<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.toList()) {
        Path tests = module.resolve("src/test/java");
        if (Files.isDirectory(tests)) {
          addIds(tests, ids);
        }
      }
    }
    return ids;
  }

  private static void addIds(Path folder, Set<String> ids) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        for (Pattern pattern : new Pattern[] {ANNOTATION, DISPLAY_NAME}) {
          Matcher bearer = pattern.matcher(source);
          while (bearer.find()) {
            Matcher id = ID.matcher(bearer.group(1));
            while (id.find()) {
              ids.add(id.group());
            }
          }
        }
      }
    }
  }

  @Test
  void theMarkedLinesAreThoseThatTheKitChecks() throws IOException {
    Set<String> marked = new TreeSet<>();
    lines()
        .forEach(
            (id, byTheKit) -> {
              if (byTheKit) {
                marked.add(id);
              }
            });
    assertEquals(marked, checked());
  }

  @Test
  void theKitsCopyIsTheContract() throws IOException {
    String text = Files.readString(ROOT.resolve("docs/contract.md"));
    assertEquals(ContractText.parse(text), ContractText.entries());
    assertEquals(
        lines(),
        ContractText.entries().stream()
            .collect(
                Collectors.toMap(
                    ContractEntry::id,
                    ContractEntry::isKits,
                    (one, other) -> other,
                    TreeMap::new)));
  }

  /** A report says of each line that the kit does not check, why; a new line needs its reason. */
  @Test
  void everyLineThatTheKitDoesNotCheckHasItsReason() {
    Set<String> unchecked = new TreeSet<>();
    for (ContractEntry entry : ContractText.entries()) {
      if (!entry.isKits() && OutsideTheKit.GENERAL.contains(entry.section())) {
        unchecked.add(entry.id());
      }
    }
    assertEquals(unchecked, new TreeSet<>(OutsideTheKit.ids()), "reasons in OutsideTheKit");
  }

  @Test
  void everyLineHasATest() throws IOException {
    Set<String> untested = new TreeSet<>(lines().keySet());
    assertFalse(untested.isEmpty());
    untested.removeAll(checked());
    untested.removeAll(tested());
    untested.remove(MEASURED);
    assertEquals(Set.of(), untested, "lines of docs/contract.md that no test bears");
  }

  @Test
  void everyIdOfATestIsALine() throws IOException {
    Set<String> unknown = tested();
    unknown.removeAll(lines().keySet());
    assertEquals(Set.of(), unknown, "ids of tests that are no line of docs/contract.md");
  }
}
