package org.patchbay.vhostuser.protocol;

import java.util.Objects;

/** A front-end broke the protocol; its connection ends. The message is one sentence. */
public final class ProtocolViolation extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param sentence what was wrong and what is allowed, for the operator
   */
  public ProtocolViolation(String sentence) {
    super(sentence);
  }

  /**
   * @param cause what the system answered
   */
  public ProtocolViolation(String sentence, Throwable cause) {
    super(sentence, cause);
  }

  /** The sentence; never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
