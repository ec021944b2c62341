package org.patchbay.vhostuser.protocol;

import java.util.List;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
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

  /**
   * Runs an action once nobody can touch memory any more that was taken away by changes before now,
   * neither a worker nor a backend.
   *
   * @param memory the regions, still mapped
   */
  void whenUnused(List<GuestRegion> memory, Runnable action);

  /**
   * Runs an action once no worker can touch eventfds any more that were taken away by changes
   * before now; backends never have them.
   */
  void whenRingsUnused(Runnable action);
}
