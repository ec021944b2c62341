package org.patchbay.frontend;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;

/**
 * Makes workers and NIC engines; an OSGi service, there while the disconnectable bundle is. Any
 * thread.
 */
@ProviderType
public interface Engines {

  /** How long an idle worker polls before it sleeps unless configured: 50 µs, in nanoseconds. */
  long DEFAULT_SPIN_NANOS = 50_000;

  /**
   * Starts a worker.
   *
   * @param name of its thread, after {@code patchbay-}
   * @param spinNanos the longest time that it polls in vain before it sleeps, in nanoseconds
   * @return the worker; the caller closes it after the engines that it serves
   * @throws EndpointException if the system has no descriptors left
   */
  Worker openWorker(String name, long spinNanos) throws EndpointException;

  /**
   * Starts the engine of a NIC on a worker, which may serve others as well, and registers its
   * {@link org.patchbay.api.control.Nic}.
   *
   * @param settings the NIC's settings
   * @param rings the guest's side; used until the engine was closed
   * @param worker a worker of {@link #openWorker}
   * @return the engine; the caller closes it
   * @throws EndpointException as {@link org.patchbay.api.control.DisconnectableFactory#create};
   *     nothing is left behind
   */
  NicEngine open(EngineSettings settings, RingPair rings, Worker worker) throws EndpointException;
}
