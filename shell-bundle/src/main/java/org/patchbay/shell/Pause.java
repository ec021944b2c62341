package org.patchbay.shell;

/** A bounded wait that ends early when the bundle stops. */
@FunctionalInterface
interface Pause {

  /**
   * Waits.
   *
   * @throws InterruptedException when interrupted
   */
  void await(long nanos) throws InterruptedException;
}
