package org.patchbay.conformance.junit;

import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.patchbay.api.Endpoint;
import org.patchbay.conformance.WrapperKit;

/**
 * The part of the kit for endpoints around another one, as a test class: one dynamic test per
 * method of {@code Endpoint} and {@code Queue}. It shows that each call passes through whole, with
 * its arguments and its answer, unless the wrapper says that it changes that method:
 *
 * <pre>{@code
 * final class MyMiddlewareConformanceTest extends WrapperConformance {
 *   @Override
 *   protected Endpoint wrap(Endpoint inside) {
 *     return new MyMiddleware(inside);
 *   }
 *
 *   @Override
 *   protected Set<String> changes() {
 *     return Set.of("Queue.txAvail");
 *   }
 * }
 * }</pre>
 */
public abstract class WrapperConformance {

  /** For subclasses. */
  protected WrapperConformance() {}

  /**
   * Puts the wrapper around an endpoint.
   *
   * @throws Exception if that fails, which fails the test
   */
  protected abstract Endpoint wrap(Endpoint inside) throws Exception;

  /** Methods that the wrapper changes, such as {@code Queue.txAvail}; by default none. */
  protected Set<String> changes() {
    return Set.of();
  }

  @TestFactory
  final Stream<DynamicTest> wrapper() throws Exception {
    String name = getClass().getSimpleName();
    return Reports.tests(WrapperKit.run(name, this::wrap, changes()));
  }
}
