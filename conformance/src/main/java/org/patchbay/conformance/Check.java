package org.patchbay.conformance;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One check of one line.
 *
 * @param line the line's id
 * @param title what is checked
 * @param needsFrames whether it has to see what becomes of frames
 * @param unless answers why the line says nothing of an endpoint, or null if it does
 * @param body throws a {@link org.patchbay.conformance.support.ContractViolation} if the line, or
 *     another, does not hold
 */
record Check(
    String line,
    String title,
    boolean needsFrames,
    Function<Declared, @Nullable String> unless,
    Body body) {

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
    return new Check(line, title, false, declared -> null, body);
  }

  /** A check that applies to some endpoints, and does not look at frames. */
  static Check unless(
      String line, String title, Function<Declared, @Nullable String> unless, Body body) {
    return new Check(line, title, false, unless, body);
  }

  /** A check that applies to some endpoints, and sees what becomes of frames. */
  static Check ofFrames(
      String line, String title, Function<Declared, @Nullable String> unless, Body body) {
    return new Check(line, title, true, unless, body);
  }

  /** A check of what comes out of an endpoint, which one that drops everything holds. */
  static Check transmitting(String line, String title, Body body) {
    return new Check(line, title, true, declared -> null, body);
  }

  /** A check of an endpoint that receives frames. */
  static Check receiving(String line, String title, Body body) {
    return new Check(
        line,
        title,
        true,
        declared ->
            declared.fate() == FrameFate.DROPPED ? "the endpoint never receives a frame" : null,
        body);
  }
}
