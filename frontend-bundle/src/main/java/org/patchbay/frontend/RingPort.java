package org.patchbay.frontend;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.GuestRegion;

/** The engine's side of a ring pair, as the frontend sees it. */
@ProviderType
public interface RingPort {

  /** Guest address of the first {@link #scratch} memory; no guest has memory there. */
  long SCRATCH_START = 1L << 62;

  /** Makes the worker look at the ring pair soon. Any thread; never lost. */
  void wake();

  /**
   * Whether the backend holds a receive buffer. If not, the frontend's {@link
   * org.patchbay.api.BufferAccess} refuses the id by {@link #refuse} and {@link
   * org.patchbay.api.BufferAccess#NOT_POSTED}. Worker only.
   */
  boolean isPosted(int id);

  /**
   * How many of the pair's receive ids a backend has or is to have; those that were set aside are
   * not among them. A pair of which a backend has plenty need not be looked after at once. Worker
   * only.
   */
  default int receiveIdsHeld() {
    return 0;
  }

  /** Counts an id that a backend used without holding it; the plug ends. Worker only. */
  void refuse(int id);

  /**
   * Notes that a backend said of a frame that it lies outside its buffer, which it can know better;
   * the plug ends. Worker only.
   */
  default void overrun(int id) {
    refuse(id);
  }

  /** The pair's first receive id: its index times {@link RingPair#receiveSlots()}. */
  default int firstReceiveId() {
    return 0;
  }

  /** The pair's first transmit id: its index times {@link RingPair#transmitSlots()}. */
  default int firstTransmitId() {
    return 0;
  }

  /**
   * Memory of the engine's own, in which it puts headers and segments that it makes for a backend
   * without the offloads that the guest uses. A frontend that offers offloads includes that of all
   * its pairs in every {@link org.patchbay.api.GuestMemory} of their {@link
   * org.patchbay.api.BufferAccess}, and refuses guest memory at {@link #SCRATCH_START} and above.
   * The same at each call; the engine's until it was closed and {@link NicEngine#whenUnused} ran an
   * action.
   *
   * @throws UnsupportedOperationException if this is not the port of an engine
   */
  default GuestRegion scratch() {
    throw new UnsupportedOperationException("this port has no memory for offloads");
  }
}
