package org.patchbay.frontend;

/** Where a port tells, from its worker's thread, that it can't go on with its queue. */
@FunctionalInterface
interface QueueFailureListener {

  /**
   * @param code {@link org.patchbay.api.Queue#TRY_RESTART} or {@link org.patchbay.api.Queue#FATAL}
   * @param generation the plug whose queue it is
   * @param cause one sentence for the operator
   */
  void queueFailed(int code, long generation, String cause);
}
