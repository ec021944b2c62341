package org.patchbay.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report names each line of the contract with what came of it. */
final class ConformanceReportTest {

  private static final ConformanceReport REPORT =
      new ConformanceReport(
          "some thing/with a name",
          List.of(
              new CheckResult("E1", "the type", Outcome.HELD, ""),
              new CheckResult("E2", "several queues", Outcome.NOT_APPLICABLE, "it has one"),
              new CheckResult("Q5", "one way", Outcome.HELD, ""),
              new CheckResult("Q5", "another way", Outcome.NOT_APPLICABLE, "no such way"),
              new CheckResult("Q7", "order", Outcome.NOT_CHECKED, "needs a far end"),
              new CheckResult("Q15", "empty", Outcome.HELD, ""),
              new CheckResult("Q15", "too long", Outcome.BROKEN, "it threw")));

  private static LineFinding of(String id) {
    return REPORT.findings().stream()
        .filter(finding -> finding.entry().id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyLineOfTheContractIsInIt() {
    assertEquals(
        ContractText.entries(),
        REPORT.findings().stream().map(LineFinding::entry).collect(Collectors.toList()));
    String text = REPORT.text();
    for (ContractEntry entry : ContractText.entries()) {
      assertTrue(text.contains(" " + entry.id() + " "), entry.id());
      assertTrue(text.contains(entry.sentence()), entry.id());
    }
  }

  @Test
  void ofSeveralChecksTheWorstCounts() {
    assertEquals(Outcome.HELD, of("E1").outcome());
    assertEquals(Outcome.NOT_APPLICABLE, of("E2").outcome());
    assertEquals(Outcome.HELD, of("Q5").outcome());
    assertEquals(List.of("another way – not applicable: no such way"), of("Q5").notes());
    assertEquals(Outcome.NOT_CHECKED, of("Q7").outcome());
    assertEquals(Outcome.BROKEN, of("Q15").outcome());
    assertEquals(List.of("too long – BROKEN: it threw"), of("Q15").notes());
    assertTrue(REPORT.text().contains("  BROKEN          Q15  A bad packet"), REPORT::text);
  }

  @Test
  void linesWithoutACheckSayWhy() {
    assertEquals(Outcome.NOT_CHECKED, of("B1").outcome());
    assertEquals(Outcome.NOT_APPLICABLE, of("T1").outcome());
    assertEquals(
        List.of("its lines speak of this one alone, whose own tests show them"), of("T1").notes());
    assertEquals(Outcome.NOT_APPLICABLE, of("W1").outcome());
  }

  @Test
  void itsFileBearsItsName(@TempDir Path folder) throws IOException {
    Path file = REPORT.write(folder.resolve("made"));
    assertEquals(folder.resolve("made/some-thing-with-a-name.txt"), file);
    assertEquals(REPORT.text(), Files.readString(file));
  }
}
