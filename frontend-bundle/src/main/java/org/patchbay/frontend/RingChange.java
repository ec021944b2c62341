package org.patchbay.frontend;

/** What a frontend changes about its rings while no worker touches them. */
@FunctionalInterface
public interface RingChange {

  /**
   * Makes the change. On the coordinator's thread; short, as the guest's packets wait meanwhile.
   *
   * @param rings what can be done to the rings that rest; valid during the call only
   */
  void apply(RestingRings rings);
}
