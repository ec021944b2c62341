package org.patchbay.drills.peer;

import java.util.List;

/** A NIC of a guest, whatever QEMU has behind it. */
public sealed interface GuestDevice permits GuestNic, StreamNic {

  /** Its part of QEMU's command line. */
  List<String> options();

  /** Pairs of queues. */
  int queuePairs();
}
