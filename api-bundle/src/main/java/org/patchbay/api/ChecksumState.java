package org.patchbay.api;

/** What is known of a received packet's checksum. */
public enum ChecksumState {
  /** It was not looked at. */
  UNKNOWN,
  /** It is right. */
  GOOD,
  /** It is wrong. */
  BAD,
  /**
   * The payload was validated while the value in the header is wrong, as receive coalescing leaves
   * it.
   */
  VALIDATED_BUT_WRONG;

  /** Whether the payload was validated: good, or validated although the header's value is wrong. */
  public boolean isValid() {
    return this == GOOD || this == VALIDATED_BUT_WRONG;
  }
}
