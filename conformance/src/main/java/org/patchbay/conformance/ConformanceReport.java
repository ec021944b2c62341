package org.patchbay.conformance;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the kit found of one endpoint.
 *
 * @param name the fixture's name
 * @param results one entry per check, in the order of the contract's lines
 */
public record ConformanceReport(String name, List<CheckResult> results) {

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

  /** Whether every line that applies holds. */
  public boolean conforms() {
    return results.stream().allMatch(CheckResult::isAcceptable);
  }

  /** The whole report as text: one line per check, and the counts. */
  public String text() {
    StringBuilder text = new StringBuilder("Conformance of ").append(name).append('\n');
    for (CheckResult result : results) {
      text.append("  ").append(result.text()).append('\n');
    }
    return text.append(
            "%d held, %d broken, %d not applicable, %d not checked%n"
                .formatted(
                    count(Outcome.HELD),
                    count(Outcome.BROKEN),
                    count(Outcome.NOT_APPLICABLE),
                    count(Outcome.BLOCKED) + count(Outcome.FIXTURE_FAILED)))
        .toString();
  }

  private long count(Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }
}
