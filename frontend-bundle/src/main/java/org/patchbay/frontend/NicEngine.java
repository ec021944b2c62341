package org.patchbay.frontend;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;

/** The running engine of one NIC. Any thread, except where noted. */
@ProviderType
public interface NicEngine extends AutoCloseable {

  /** The NIC, as operators see it. */
  Nic nic();

  /** The control of its disconnectable. */
  DisconnectableControl control();

  /**
   * Has rings or guest memory changed while no worker touches them. All pairs of the NIC rest
   * meanwhile and have to {@linkplain RingPair#lend lend} their buffers again. Never from a
   * worker's or a coordinator's thread; changes of several threads come one after the other.
   *
   * @param withdrawal what the queues give back before
   * @param change made exactly once if this returns, and not at all if it throws, except what the
   *     change itself throws
   * @throws EndpointException {@link org.patchbay.api.EndpointError#TIMED_OUT} if the coordinator
   *     did not come to it within 10 s, {@link org.patchbay.api.EndpointError#BACKEND_FAILED} if
   *     the rings could not be brought to rest, {@link org.patchbay.api.EndpointError#CLOSED} after
   *     {@link #close}
   * @throws InterruptedException when interrupted before the change began
   */
  void changeRings(Withdrawal withdrawal, RingChange change)
      throws EndpointException, InterruptedException;

  /**
   * Runs an action once no thread can touch any more what the rings used before now: at once, on
   * the calling thread, unless a worker's thread was given up within a backend's call and is still
   * there, or a native call of a backend's still uses the memory. Then it runs when that is over,
   * on a thread of the engine's. It is the place to free memory of an engine that was closed.
   */
  void whenUnused(Runnable action);

  /**
   * As {@link #whenUnused(Runnable)}, but waits only for those who may have some guest memory: for
   * no call that was stuck before it was there. It is the place to unmap guest memory that was
   * exchanged.
   *
   * @param memory regions that the rings do not use any more, still mapped
   */
  default void whenUnused(List<GuestRegion> memory, Runnable action) {
    whenUnused(action);
  }

  /**
   * As {@link #whenUnused(Runnable)}, but for what the rings alone use, such as their eventfds. A
   * thread that was given up within a backend's call does not touch that any more, so it is not
   * waited for; only for one that is held up within the rings.
   */
  default void whenRingsUnused(Runnable action) {
    whenUnused(action);
  }

  /**
   * Halts the NIC, closes its queues, releases what is plugged, gives what the engine held back to
   * the ring pairs and unregisters the NIC, within 5 seconds. A second call does nothing.
   */
  @Override
  void close();
}
