package org.patchbay.launcher;

import org.jspecify.annotations.Nullable;

/**
 * The platform cannot start; the message is one sentence that says what is wrong and what helps.
 */
public final class LaunchException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param sentence what is wrong and what helps
   */
  public LaunchException(String sentence) {
    this(sentence, null);
  }

  /**
   * Makes the exception with its cause.
   *
   * @param sentence what is wrong and what helps
   * @param cause what was thrown, or null
   */
  public LaunchException(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
