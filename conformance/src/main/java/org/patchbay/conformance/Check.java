package org.patchbay.conformance;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One check of one line.
 *
 * @param line the line's id
 * @param title what is checked
 * @param unless answers why the line says nothing of an endpoint, or null if it does
 * @param body throws a {@link org.patchbay.conformance.support.ContractViolation} if the line, or
 *     another, does not hold
 */
record Check(String line, String title, Function<Declared, @Nullable String> unless, Body body) {

  @FunctionalInterface
  interface Body {
    void run(Trial trial) throws Exception;
  }

  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  /** A check that applies to every endpoint. */
  static Check of(String line, String title, Body body) {
    return new Check(line, title, declared -> null, body);
  }

  /** A check of an endpoint that receives frames. */
  static Check receiving(String line, String title, Body body) {
    return new Check(
        line,
        title,
        declared ->
            declared.fate() == FrameFate.DROPPED ? "the endpoint never receives a frame" : null,
        body);
  }
}
