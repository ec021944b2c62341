package org.patchbay.conformance;

/** The fixture failed, not the endpoint. */
final class FixtureFailure extends Exception {

  private static final long serialVersionUID = 1L;

  FixtureFailure(Throwable cause) {
    super(String.valueOf(cause), cause);
  }

  FixtureFailure(String sentence) {
    super(sentence);
  }
}
