package org.patchbay.conformance.junit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;
import org.patchbay.conformance.CheckResult;
import org.patchbay.conformance.ConformanceKit;
import org.patchbay.conformance.ConformanceReport;
import org.patchbay.conformance.Fixture;

/**
 * The conformance kit as a test class: one dynamic test per check, named by the line's id. A
 * backend's test extends it and answers its fixture, nothing else:
 *
 * <pre>{@code
 * final class MyEndpointConformanceTest extends EndpointConformance {
 *   @Override
 *   protected Fixture fixture() {
 *     return new MyFixture();
 *   }
 * }
 * }</pre>
 *
 * <p>A line that says nothing of the endpoint passes, and its name says why; nothing is skipped.
 */
public abstract class EndpointConformance {

  /** For subclasses. */
  protected EndpointConformance() {}

  /** The endpoint under test. */
  protected abstract Fixture fixture();

  @TestFactory
  final Stream<DynamicTest> contract(TestReporter reporter) throws InterruptedException {
    ConformanceReport report = ConformanceKit.run(fixture());
    reporter.publishEntry("conformance", report.text());
    return report.results().stream()
        .map(result -> DynamicTest.dynamicTest(result.text(), () -> requireAcceptable(result)));
  }

  private static void requireAcceptable(CheckResult result) {
    assertTrue(result.isAcceptable(), result.text());
  }
}
