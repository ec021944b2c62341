package org.patchbay.vhostuser.ring;

import org.patchbay.api.InspectNode;

/** What a ring pair tells and asks the device that it belongs to. No method blocks. */
public interface RingPairListener {

  /**
   * The guest broke a ring; the rings are not touched any more until they are set anew. Worker.
   *
   * @param ring number of the virtqueue: twice the pair's, plus 1 for transmit
   * @param what a sentence that says what the guest did
   */
  void ringError(int ring, String what);

  /** Whether the guest's memory is still all there. Worker, after an access to it failed. */
  boolean isMemoryIntact();

  /** The guest took its memory away while in use; its connection is to be ended. Worker. */
  void memoryFaulted();

  /** An operator or the backend changed the link; told by the first pair only. Any thread. */
  void linkChanged(boolean up);

  /** Describes the connection; asked by the first pair only. Any thread. */
  void inspect(InspectNode node);
}
