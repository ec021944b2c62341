package org.patchbay.frontend;

import org.osgi.annotation.versioning.ConsumerType;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.InspectNode;
import org.patchbay.api.TxBatch;

/**
 * A guest's transmit and receive ring, as a frontend shows them to the engine. Ids are the
 * frontend's slots: receive ids lie in 0 to {@link #receiveSlots()} - 1, transmit ids in 0 to
 * {@link #transmitSlots()} - 1.
 *
 * <p>Every method but {@link #linkChanged} and {@link #inspect} is called on the worker's thread,
 * must not block, and on the packet path allocates nothing and throws nothing.
 */
@ConsumerType
public interface RingPair {

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

  /** Access to the receive buffers; the same object at each call. */
  BufferAccess buffers();

  /**
   * Takes receive buffers that the guest has posted since the last call, oldest first.
   *
   * @return how many ids were written to {@code ids}, at most {@code space}
   */
  int takePosted(int[] ids, int space);

  /**
   * Hands received frames to the guest, in order; their metadata was written through {@link
   * #buffers()}.
   *
   * @return the bytes of these frames
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
   * Asks whether the guest has something for {@link #takePosted} or, if they are wanted, {@link
   * #peekTransmits}; if not, the guest's next posting wakes the worker through {@link
   * RingPort#wake()} or a watch.
   *
   * @param transmits whether transmits are wanted now; they are not while the backend has no room
   */
  default boolean pollReady(boolean transmits) {
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
   * Takes back what the engine still held when it closed. No other call follows.
   *
   * @param ids receive ids that were posted
   */
  void close(int[] ids, int count);

  /** Tells that an operator or the backend changed the guest's link. Any thread. */
  default void linkChanged(boolean up) {}

  /** Describes the ring pair. Any thread. */
  default void inspect(InspectNode node) {}
}
