package org.patchbay.drills.rig;

/** Something that a drill stands on failed; the message is one sentence for the operator. */
public final class RigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String sentence;

  /** With a sentence that says what failed. */
  public RigException(String sentence) {
    super(sentence);
    this.sentence = sentence;
  }

  /** With a sentence and what caused it. */
  public RigException(String sentence, Throwable cause) {
    super(sentence, cause);
    this.sentence = sentence;
  }

  /** {@inheritDoc} Never null. */
  @Override
  public String getMessage() {
    return sentence;
  }
}
