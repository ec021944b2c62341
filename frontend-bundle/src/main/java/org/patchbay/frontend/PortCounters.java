package org.patchbay.frontend;

/** What is counted of a ring pair. Written by the worker that serves it, read by any thread. */
final class PortCounters {
  final Counter txPackets = new Counter();
  final Counter txBytes = new Counter();
  final Counter rxPackets = new Counter();
  final Counter rxBytes = new Counter();
  final Counter rxDiscarded = new Counter();

  /** Frames that were copied from the buffer that they landed in to another. */
  final Counter rxCopied = new Counter();

  /** Frames that went to another pair than their flow's. */
  final Counter rxMissteered = new Counter();

  /** Packets for which the engine did in software what the endpoint lacks. */
  final Counter txTreated = new Counter();

  /** Packets that were dropped because their headers were not what their offloads need. */
  final Counter txBadHeaders = new Counter();

  final Counter txDropped = new Counter();
  final Counter txLost = new Counter();
  final Counter refusedIds = new Counter();
  final Counter idsOutstanding = new Counter();
  final Counter txInFlight = new Counter();
  final Counter rxPosted = new Counter();

  /** Receive ids that nobody gets while a native call may write to their buffers. */
  final Counter rxSetAside = new Counter();

  /** Receive ids taken from the guest less those given back to it; worker only. */
  long receiveIdsHeld;

  /** Transmit ids accepted less those completed; worker only. */
  long transmitIdsHeld;
}
