package org.patchbay.frontend;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ConsumerType;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.InspectNode;
import org.patchbay.api.TxBatch;

/**
 * A guest's transmit and receive ring, as a frontend shows them to the engine. Ids are the
 * frontend's slots and unique over a NIC: receive ids lie in {@link RingPort#firstReceiveId()} and
 * the {@link #receiveSlots()} - 1 numbers after it, transmit ids in {@link
 * RingPort#firstTransmitId()} and the {@link #transmitSlots()} - 1 numbers after it.
 *
 * <p>Every method but those that say otherwise is called on the thread of the worker that serves
 * the pair, must not block, and on the packet path allocates nothing and throws nothing. Which
 * worker that is may change while the pair rests.
 *
 * <p>When the guest takes its memory away under the rings, an access raises {@link InternalError}.
 * It may leave every method here; the engine then asks {@link #isMemoryIntact()}.
 */
@ConsumerType
public interface RingPair {

  /** Answer of {@link #deliver}: the guest takes no frames now, and these are forgotten. */
  long DISCARDED = -1;

  /** How many receive buffers there can be at a time. */
  int receiveSlots();

  /** How many transmits there can be in flight at a time. */
  int transmitSlots();

  /**
   * Tells the ring pair its port, once, before all else.
   *
   * @param port how the ring pair wakes its worker, and which ids the backend holds
   */
  void attach(RingPort port);

  /**
   * The guest's memory, in which the pair's buffers and packets lie. All pairs of a NIC answer the
   * same regions, as a queue that several of them share finds all their addresses in one. On the
   * coordinator's thread, while no worker serves the pair.
   */
  GuestMemory memory();

  /**
   * Lends access to the receive buffers: a new object at each call, and the end of the one lent
   * before, which gives access to no buffer any more. Called for each opening of queues, and after
   * each {@link NicEngine#changeRings}; on the coordinator's thread, while no worker serves the
   * pair.
   *
   * <p>Backends reach the guest's memory only through the view, which the engine revokes when their
   * queues are done with. What the pair itself does with its rings does not go through it.
   *
   * @param view of {@link #memory()}
   * @param all all native memory by its address, revoked with the view; only what lies in the
   *     guest's regions is to be touched
   * @param apart whether a thread that was given up in a backend's call may still be using what was
   *     lent before: then the new object shares nothing with it that either of them writes
   */
  BufferAccess lend(GuestMemory view, MemorySegment all, boolean apart);

  /**
   * Whether receive ids must come back in the order of their posting, as far as the backend fills
   * them in order. Those that were set aside, as a native call of a backend that is gone may still
   * write to them, come back after younger ones all the same. Where that does not matter, a queue
   * that several pairs share copies fewer frames. Asked when a queue is opened for the pair.
   */
  default boolean isInOrder() {
    return true;
  }

  /**
   * Tells that a worker serves the pair from now on. On the coordinator's thread, while that worker
   * rests.
   *
   * @param watches that worker's wait, for the guest's notifications; valid until {@link #halted}
   */
  default void started(RingWatches watches) {}

  /**
   * Tells that the worker of the last {@link #started} serves the pair no more; its watches are to
   * be closed. On the coordinator's thread, while that worker rests; no other call follows before
   * the next {@link #started} but {@link #takeBack}, {@link #memory}, {@link #lend}, {@link #close}
   * and those that any thread may make.
   */
  default void halted() {}

  /**
   * Takes receive buffers that the guest has posted since the last call, oldest first.
   *
   * @return how many ids were written to {@code ids}, at most {@code space}
   */
  int takePosted(int[] ids, int space);

  /**
   * Hands received frames to the guest, in order; their metadata was written through what was
   * {@linkplain #lend lent} last.
   *
   * @return the bytes of these frames, or {@link #DISCARDED} if the guest takes none now, so that
   *     the frames were treated as by {@link #discard}
   */
  long deliver(int[] ids, int count);

  /**
   * Takes frames that came while the guest's link is down: the buffers are to be posted again and
   * their frames forgotten.
   */
  void discard(int[] ids, int count);

  /**
   * Shows what the guest has queued for transmission, oldest first, without taking it: a second
   * call shows the same packets, and perhaps more.
   *
   * @param batch cleared by the caller
   * @return how many packets the batch now holds
   */
  int peekTransmits(TxBatch batch);

  /** Takes the first packets of the last {@link #peekTransmits}; they are in flight now. */
  void acceptTransmits(int count);

  /** Ends transmits that were in flight: what they pointed to is the guest's again. */
  void completeTransmits(int[] ids, int count);

  /**
   * Publishes what was delivered and completed to the guest, at the end of a pass that did
   * something.
   */
  default void flush() {}

  /**
   * Asks whether the guest has something that is wanted, for {@link #takePosted} or for {@link
   * #peekTransmits}; if not, the guest's next posting wakes the worker through {@link
   * RingPort#wake()} or a watch.
   *
   * @param receives whether receive buffers are wanted now; they are not while what the guest shows
   *     may still be written to on behalf of a backend that is gone
   * @param transmits whether transmits are wanted now; they are not while the backend has no room
   */
  default boolean pollReady(boolean receives, boolean transmits) {
    return false;
  }

  /**
   * When the ring pair will have transmits of its own accord.
   *
   * @param now {@link System#nanoTime()}
   * @return nanoseconds from now, 0 or more; {@link Long#MAX_VALUE} if it never will
   */
  default long nanosToNextTransmit(long now) {
    return Long.MAX_VALUE;
  }

  /**
   * Whether the memory under the rings is still there. Asked on the worker's thread after an {@link
   * InternalError} left the rings or the queue, or the queue failed.
   *
   * @return false if the guest took memory away, so that no backend is to blame
   */
  default boolean isMemoryIntact() {
    return true;
  }

  /**
   * Tells that the engine has found the memory not intact. The pair rests from now until the
   * frontend's next {@link NicEngine#changeRings}, before which ids may have been lost; the
   * frontend ends its connection to the guest, not on this thread.
   */
  default void memoryFaulted() {}

  /**
   * Takes back receive ids, as {@link RestingRings#takeBack} asked. On the coordinator's thread,
   * while the pair rests.
   *
   * @param ids all ids that were posted, oldest first
   */
  default void takeBack(int[] ids, int count) {
    throw new UnsupportedOperationException("these rings don't stop before they are closed");
  }

  /**
   * Takes back what the engine still held when it closed. No other call follows.
   *
   * @param ids receive ids that were posted, oldest first
   */
  void close(int[] ids, int count);

  /** Tells that an operator or the backend changed the guest's link. Any thread. */
  default void linkChanged(boolean up) {}

  /** Describes the ring pair. Any thread. */
  default void inspect(InspectNode node) {}
}
