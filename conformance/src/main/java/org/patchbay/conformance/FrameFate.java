package org.patchbay.conformance;

/** What becomes of a frame that is transmitted through an endpoint. */
public enum FrameFate {
  /** Nothing: it is dropped, and no frame is ever received. */
  DROPPED,
  /** It is received by the queue that transmitted it. */
  REFLECTED,
  /** It reaches the far side, and the far side's frames are received. */
  FAR_SIDE,
  /**
   * Nobody knows: if there is a far side, the kit has no hand in it. Lines that need one are not
   * checked.
   */
  UNKNOWN
}
