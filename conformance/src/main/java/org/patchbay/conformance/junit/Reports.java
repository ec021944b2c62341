package org.patchbay.conformance.junit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.patchbay.conformance.CheckResult;
import org.patchbay.conformance.ConformanceReport;

/** A report as JUnit shows it: text on the console, a file, and a test for each check. */
final class Reports {

  private Reports() {}

  /** Prints and writes a report, and answers its tests. */
  static Stream<DynamicTest> tests(ConformanceReport report) throws IOException {
    System.out.print(report.text());
    Path file = report.write(ConformanceReport.defaultFolder());
    System.out.println("The report is in " + file.toAbsolutePath());
    return report.results().stream()
        .map(result -> DynamicTest.dynamicTest(result.text(), () -> requireAcceptable(result)));
  }

  private static void requireAcceptable(CheckResult result) {
    assertTrue(result.isAcceptable(), result.text());
  }
}
