package org.patchbay.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A failure on the control path, with its typed cause and a sentence for people. */
public final class EndpointException extends Exception {

  private static final long serialVersionUID = 1L;

  private final EndpointError error;

  /**
   * @param error the typed cause
   * @param detail what was wrong, with its value, and what is allowed
   */
  public EndpointException(EndpointError error, String detail) {
    this(error, detail, null);
  }

  /**
   * @param error the typed cause
   * @param detail what was wrong, with its value, and what is allowed
   * @param cause what led to it, or null
   */
  public EndpointException(EndpointError error, String detail, @Nullable Throwable cause) {
    super(error.sentence() + ": " + detail, cause);
    this.error = Objects.requireNonNull(error, "error");
  }

  /** The typed cause's clause and the detail; never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** The typed cause. */
  public EndpointError error() {
    return error;
  }
}
