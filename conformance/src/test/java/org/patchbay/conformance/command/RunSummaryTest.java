package org.patchbay.conformance.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.patchbay.conformance.CheckResult;
import org.patchbay.conformance.ConformanceReport;
import org.patchbay.conformance.Outcome;
import org.patchbay.conformance.command.RunLog.Kind;

/** What is told of a run that did not get to its end. */
final class RunSummaryTest {

  private static RunLog.Entry entry(Kind kind, String... texts) {
    return new RunLog.Entry(kind, List.of(texts));
  }

  /** One check has been made, the second one is under way, the third one is to come. */
  private static List<RunLog.Entry> brokenOff() {
    return List.of(
        entry(Kind.BACKEND, "mine"),
        entry(Kind.PLANNED, "E1", "the type"),
        entry(Kind.PLANNED, "Q6", "no block"),
        entry(Kind.PLANNED, "Q7", "the order"),
        entry(Kind.BEGINS, "E1", "the type"),
        entry(Kind.FOUND, "E1", "the type", "HELD", ""),
        entry(Kind.BEGINS, "Q6", "no block"));
  }

  private static RunSummary of(List<RunLog.Entry> log, Ending ended) {
    return RunSummary.of("bundle", log, ended, "");
  }

  private static CheckResult of(ConformanceReport report, String line) {
    return report.results().stream()
        .filter(result -> result.line().equals(line))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aLimitOfTheCommandsOwnIsNoFaultOfTheBackends() {
    for (String amount : List.of("300 s", "64 MiB of output")) {
      RunSummary summary = of(brokenOff(), Ending.limit(amount));
      ConformanceReport report = summary.reports().getFirst();
      assertEquals(Set.of(), report.broken(), report::text);
      assertEquals(Outcome.HELD, of(report, "E1").outcome());
      assertEquals(Outcome.BLOCKED, of(report, "Q6").outcome());
      assertEquals(
          "the run was ended after " + amount + " while this was checked",
          of(report, "Q6").detail());
      assertEquals(Outcome.BLOCKED, of(report, "Q7").outcome());
      assertEquals("the run was ended after " + amount + " before", of(report, "Q7").detail());
      assertEquals(
          "the run was ended after "
              + amount
              + " while Q6 (no block) was checked: that check has no end, and no further one was"
              + " made.",
          summary.problem());
      assertTrue(!report.text().contains("System.exit"), report::text);
    }
  }

  @Test
  void aLimitBetweenTwoChecksIsAProblemToo() {
    List<RunLog.Entry> log = new ArrayList<>(brokenOff());
    log.removeLast();
    assertEquals(
        "the run was ended after 300 s: no further check was made.",
        of(log, Ending.limit("300 s")).problem());
  }

  @Test
  void aProcessThatEndsByItselfIsTheBackendsFault() {
    RunSummary summary = of(brokenOff(), Ending.exit(3));
    ConformanceReport report = summary.reports().getFirst();
    assertEquals(Set.of("Q6"), report.broken(), report::text);
    assertEquals(
        "its process ended with exit code 3 while this was checked: the backend called"
            + " System.exit or worse",
        of(report, "Q6").detail());
    assertEquals(Outcome.BLOCKED, of(report, "Q7").outcome());
    assertNull(summary.problem());
  }

  @Test
  void aLimitBeforeTheFirstBackendNamesTheStep() {
    RunSummary summary =
        of(List.of(entry(Kind.STEP, "its services were awaited")), Ending.limit("300 s"));
    assertEquals(
        "the run was ended after 300 s while its services were awaited.", summary.problem());
    assertEquals(List.of(), summary.reports());
  }

  @Test
  void aLimitAfterAllChecksCostsNothing() {
    List<RunLog.Entry> log =
        List.of(
            entry(Kind.BACKEND, "mine"),
            entry(Kind.FOUND, "E1", "the type", "HELD", ""),
            entry(Kind.BACKEND_DONE),
            entry(Kind.DONE));
    assertNull(of(log, Ending.limit("300 s")).problem());
  }
}
