package org.patchbay.launcher.deploy;

/** A jar cannot be used; the message is the end of a sentence that begins with the jar's name. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  Refusal(String why) {
    super(why);
  }

  Refusal(String why, Throwable cause) {
    super(why, cause);
  }

  /** The message, which is always there. */
  String why() {
    return String.valueOf(getMessage());
  }
}
