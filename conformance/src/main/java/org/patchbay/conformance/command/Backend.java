package org.patchbay.conformance.command;

/**
 * A backend that a bundle offers.
 *
 * @param type its type
 * @param pid the factory PID whose configurations make its endpoints; empty if there are endpoints
 *     without one
 */
record Backend(String type, String pid) {

  /** Whether it needs a configuration. */
  boolean isConfigured() {
    return !pid.isEmpty();
  }
}
