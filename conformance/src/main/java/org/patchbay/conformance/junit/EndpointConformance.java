package org.patchbay.conformance.junit;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.patchbay.conformance.ConformanceKit;
import org.patchbay.conformance.Fixture;

/**
 * The conformance kit as a test class: one dynamic test per check, named by the line's id. A
 * backend's test extends it and answers its fixture, nothing else:
 *
 * <pre>{@code
 * final class MyEndpointConformanceTest extends EndpointConformance {
 *   @Override
 *   protected Fixture fixture() {
 *     return Fixture.reflecting("mine", MyEndpoint::new);
 *   }
 * }
 * }</pre>
 *
 * <p>A line that says nothing of the endpoint passes, and its name says why; nothing is skipped. A
 * report with each line of the contract goes to the console and to a file in {@code
 * target/conformance}, see {@link org.patchbay.conformance.ConformanceReport#defaultFolder()}.
 */
public abstract class EndpointConformance {

  /** For subclasses. */
  protected EndpointConformance() {}

  /** The endpoint under test. */
  protected abstract Fixture fixture();

  @TestFactory
  final Stream<DynamicTest> contract() throws Exception {
    return Reports.tests(ConformanceKit.run(fixture()));
  }
}
