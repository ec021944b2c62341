package org.patchbay.vhostuser.protocol;

import org.patchbay.api.EndpointException;
import org.patchbay.frontend.Withdrawal;

/** The rings of a device as its session changes them: only while no worker touches them. */
public interface DeviceRings {

  /** What to change while the device rests. */
  @FunctionalInterface
  interface Change {
    /** Called once, on a thread of the engine; must return soon. */
    void apply(RestingDevice device);
  }

  /**
   * Has rings or memory changed. Blocks until that is done, at most 10 s.
   *
   * @throws EndpointException if the engine does not get to it; nothing is changed then
   */
  void change(Withdrawal withdrawal, Change change) throws EndpointException, InterruptedException;

  /** Runs an action once no worker can touch any more what was taken away by changes before now. */
  void whenUnused(Runnable action);
}
