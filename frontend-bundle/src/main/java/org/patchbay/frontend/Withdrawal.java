package org.patchbay.frontend;

/** How much a queue gives back before a frontend changes rings, see {@link NicEngine}. */
public enum Withdrawal {

  /**
   * Nothing: the workers rest, the queues stay open and keep what they hold. Enough to start a
   * ring, to exchange descriptors for notifications, or to enable and disable rings.
   */
  NOTHING,

  /**
   * All buffers: the queues are closed. Transmits in flight end, completed and flushed before the
   * change, and the engine holds the receive ids that were posted; afterwards queues are opened
   * anew and the ids are posted again. Needed to stop a ring and to change guest memory.
   */
  BUFFERS
}
