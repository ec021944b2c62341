package org.patchbay.frontend;

/** Where a port tells its coordinator that something is to be done. Called on other threads. */
interface PortListener {

  /**
   * The port can't go on with its queue; on the worker's thread.
   *
   * @param code {@link org.patchbay.api.Queue#TRY_RESTART} or {@link org.patchbay.api.Queue#FATAL}
   * @param generation the plug whose queue it is
   * @param cause one sentence for the operator
   */
  void queueFailed(int code, long generation, String cause);

  /**
   * The guest took memory away, so that its rings must rest; on the worker's thread.
   *
   * @param ringsEpoch how often the rings had been changed before
   */
  void memoryFaulted(long ringsEpoch);

  /**
   * The port rests because another NIC's guest took memory away while the worker was in this port:
   * it needs a restart, though its own endpoint is sound. On the worker's thread.
   */
  void disturbed();

  /**
   * Another thread drives the port from now on, so that the queue's wake-ups, which go to the old
   * one, must be opened anew.
   */
  void workerReplaced();
}
