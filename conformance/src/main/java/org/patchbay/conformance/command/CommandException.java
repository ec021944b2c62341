package org.patchbay.conformance.command;

/** Why the kit can't run, as one sentence for the user. */
final class CommandException extends Exception {

  private static final long serialVersionUID = 1L;

  CommandException(String sentence) {
    super(sentence);
  }

  /** The sentence. */
  String sentence() {
    return String.valueOf(getMessage());
  }
}
