package org.patchbay.shell;

import org.jspecify.annotations.Nullable;

/** A command did not do what it says; the message is one sentence for the operator. */
final class CommandRefused extends Exception {

  private static final long serialVersionUID = 1L;

  CommandRefused(String sentence) {
    this(sentence, null);
  }

  CommandRefused(String sentence, @Nullable Throwable cause) {
    super(Printable.line(sentence.endsWith(".") ? sentence : sentence + "."), cause);
  }

  /** The sentence, whole. */
  String sentence() {
    return String.valueOf(getMessage());
  }

  /** The sentence alone: it is what the Gogo prompt prints. */
  @Override
  public String toString() {
    return sentence();
  }
}
