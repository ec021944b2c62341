package org.patchbay.conformance;

/** A check can't see whether its line holds. */
final class Unchecked extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param why as a sentence
   */
  Unchecked(String why) {
    super(why);
  }
}
