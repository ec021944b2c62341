package org.patchbay.frontend;

import java.util.List;
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

  /** Spin of a worker that polls for ever and never sleeps, in nanoseconds. */
  long SPIN_ALWAYS = Long.MAX_VALUE;

  /**
   * Starts a worker.
   *
   * @param name of its thread, after {@code patchbay-}
   * @param spinNanos the longest time that it polls in vain before it sleeps, in nanoseconds;
   *     {@link #SPIN_ALWAYS} for ever
   * @return the worker; the caller closes it after the engines that it serves
   * @throws EndpointException if the system has no descriptors left
   */
  Worker openWorker(String name, long spinNanos) throws EndpointException;

  /**
   * Starts the engine of a NIC and registers its {@link org.patchbay.api.control.Nic}. All pairs
   * are active at first.
   *
   * <p>Queue {@code q} of the plugged endpoint is driven by worker {@code q}; there are as many
   * queues as active pairs, workers and the endpoint allow, and pair {@code i} belongs to queue
   * {@code i % queues}.
   *
   * @param settings the NIC's settings
   * @param pairs the guest's side, all with equal numbers of slots; used until the engine was
   *     closed
   * @param workers workers of {@link #openWorker}, at least one and at most as many as pairs, each
   *     once; they may serve others as well
   * @return the engine; the caller closes it
   * @throws EndpointException as {@link org.patchbay.api.control.DisconnectableFactory#create};
   *     nothing is left behind
   */
  NicEngine open(EngineSettings settings, List<? extends RingPair> pairs, List<Worker> workers)
      throws EndpointException;

  /**
   * Starts the engine of a NIC with one ring pair, as {@link #open(EngineSettings, List, List)}.
   */
  default NicEngine open(EngineSettings settings, RingPair rings, Worker worker)
      throws EndpointException {
    return open(settings, List.of(rings), List.of(worker));
  }
}
