package org.patchbay.disconnectable;

import org.patchbay.api.control.SwapRecord;

/** Tells the rest of the system of transitions; a service within this bundle. */
interface SwapPublisher {

  /** Tells of one transition. Called by an errand, in order; returns soon. */
  void publish(SwapRecord swap);
}
