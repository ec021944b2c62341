package org.patchbay.conformance.support;

/** A line of the contract does not hold. */
public final class ContractViolation extends AssertionError {

  private static final long serialVersionUID = 1L;

  private final String line;
  private final String sentence;

  /**
   * @param line the line's id, such as {@code Q7}
   * @param sentence what was observed, and what the line asks for
   */
  public ContractViolation(String line, String sentence) {
    super(line + ": " + sentence);
    this.line = line;
    this.sentence = sentence;
  }

  /** The line's id. */
  public String line() {
    return line;
  }

  /** What was observed, and what the line asks for. */
  public String sentence() {
    return sentence;
  }
}
