package org.patchbay.conformance;

/** What came of checking a line. */
public enum Outcome {
  /** The line holds. */
  HELD,
  /** The line does not hold. */
  BROKEN,
  /** The line says nothing of an endpoint like this. */
  NOT_APPLICABLE,
  /** The kit can't see whether the line holds, here or at all. */
  NOT_CHECKED,
  /** Another line is broken in a way that kept this one from being checked. */
  BLOCKED,
  /** The fixture failed, so nothing is known. */
  FIXTURE_FAILED
}
