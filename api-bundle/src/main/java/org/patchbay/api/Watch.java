package org.patchbay.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A one-shot watch of a descriptor within the worker's wait. After it fired it rests until it is
 * armed again. Used by the worker's thread only, except {@link #close()}.
 */
@ProviderType
public interface Watch extends AutoCloseable {

  /** Interest: the descriptor can be read. */
  int READABLE = 1;

  /** Interest: the descriptor can be written. */
  int WRITABLE = 2;

  /**
   * Arms the watch; a condition that holds already fires at the next wait. Arming again with the
   * same interest costs no system call.
   *
   * @param interest {@link #READABLE}, {@link #WRITABLE} or both
   */
  void arm(int interest);

  /**
   * Answers what fired since the last call and forgets it. An error or hang-up of the descriptor
   * counts as every interest that was armed.
   */
  int takeReady();

  /** Ends the watch. A second call does nothing. */
  @Override
  void close();
}
