package org.patchbay.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the kit found of one endpoint.
 *
 * @param name the fixture's name
 * @param results one entry per check, in the order of the contract's lines
 */
public record ConformanceReport(String name, List<CheckResult> results) {

  /** System property: the folder that reports are written to instead of the default one. */
  public static final String FOLDER_PROPERTY = "patchbay.conformance.reports";

  private static final String DEFAULT_FOLDER = "target/conformance";

  /** Outcomes of a line's checks, the one that decides first. */
  private static final List<Outcome> WORST_FIRST =
      List.of(
          Outcome.BROKEN,
          Outcome.FIXTURE_FAILED,
          Outcome.BLOCKED,
          Outcome.HELD,
          Outcome.NOT_CHECKED,
          Outcome.NOT_APPLICABLE);

  public ConformanceReport {
    results = List.copyOf(results);
  }

  /** Ids of the lines that are broken. */
  public Set<String> broken() {
    return lines(Outcome.BROKEN);
  }

  /** Ids of the lines of which a check had an outcome. */
  public Set<String> lines(Outcome outcome) {
    Set<String> lines = new TreeSet<>();
    for (CheckResult result : results) {
      if (result.outcome() == outcome) {
        lines.add(result.line());
      }
    }
    return lines;
  }

  /** Whether every line that applies, and that the kit can check, holds. */
  public boolean conforms() {
    return results.stream().allMatch(CheckResult::isAcceptable);
  }

  /** What is known of each line of the contract, in its order; of a wrapper, of lines on these. */
  public List<LineFinding> findings() {
    boolean ofWrapper =
        !results.isEmpty() && results.stream().allMatch(result -> result.line().startsWith("W"));
    return ContractText.entries().stream()
        .filter(entry -> !ofWrapper || entry.section().equals(OutsideTheKit.WRAPPER))
        .map(this::finding)
        .toList();
  }

  private LineFinding finding(ContractEntry entry) {
    List<CheckResult> checks =
        results.stream().filter(result -> result.line().equals(entry.id())).toList();
    for (Outcome outcome : WORST_FIRST) {
      if (checks.stream().anyMatch(result -> result.outcome() == outcome)) {
        List<String> notes =
            checks.stream()
                .filter(result -> result.outcome() != Outcome.HELD)
                .map(CheckResult::note)
                .toList();
        return new LineFinding(entry, outcome, notes);
      }
    }
    return OutsideTheKit.finding(entry);
  }

  /** The whole report as text: each line of the contract as held, broken or why not, and counts. */
  public String text() {
    StringBuilder text = new StringBuilder("Conformance of ").append(name).append('\n');
    List<LineFinding> findings = findings();
    Map<String, List<LineFinding>> sections = new LinkedHashMap<>();
    for (LineFinding finding : findings) {
      sections.computeIfAbsent(finding.entry().section(), s -> new ArrayList<>()).add(finding);
    }
    sections.forEach((section, of) -> appendSection(text, section, of));
    return text.append('\n').append(summary(findings)).append('\n').toString();
  }

  /** A note that all lines of a section have in common goes behind its heading. */
  private static void appendSection(
      StringBuilder text, String section, List<LineFinding> findings) {
    Set<List<String>> notes = new HashSet<>();
    findings.forEach(finding -> notes.add(finding.notes()));
    List<String> common = notes.size() == 1 ? notes.iterator().next() : List.of();
    text.append('\n').append(section);
    text.append(common.isEmpty() ? "" : " – " + String.join("; ", common)).append('\n');
    for (LineFinding finding : findings) {
      text.append(finding.row());
      if (common.isEmpty()) {
        text.append(finding.noteRows());
      }
    }
  }

  /** One line: how many lines of the contract had which outcome. */
  public String summary() {
    return summary(findings());
  }

  private String summary(List<LineFinding> findings) {
    long failed = count(findings, Outcome.FIXTURE_FAILED);
    return "%s: %d lines held, %d broken, %d not applicable, %d not checked%s"
        .formatted(
            name,
            count(findings, Outcome.HELD),
            count(findings, Outcome.BROKEN),
            count(findings, Outcome.NOT_APPLICABLE),
            count(findings, Outcome.NOT_CHECKED) + count(findings, Outcome.BLOCKED),
            failed == 0 ? "" : ", " + failed + " unknown as the fixture failed");
  }

  private static long count(List<LineFinding> findings, Outcome outcome) {
    return findings.stream().filter(finding -> finding.outcome() == outcome).count();
  }

  /**
   * The folder for reports: {@code target/conformance} in the working directory, or what {@link
   * #FOLDER_PROPERTY} says.
   */
  public static Path defaultFolder() {
    return Path.of(System.getProperty(FOLDER_PROPERTY, DEFAULT_FOLDER));
  }

  /**
   * Writes the text to the file {@code NAME.txt}, in which characters of the name that a file's
   * should not have become dashes.
   *
   * @param folder made if it does not exist
   * @return the file
   * @throws IOException if it can't be written
   */
  public Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<String> parts = new ArrayList<>(List.of(name.split("[^A-Za-z0-9._]+", -1)));
    parts.removeIf(String::isEmpty);
    Path file = folder.resolve((parts.isEmpty() ? "endpoint" : String.join("-", parts)) + ".txt");
    return Files.writeString(file, text());
  }
}
