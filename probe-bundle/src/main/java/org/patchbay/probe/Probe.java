package org.patchbay.probe;

import org.patchbay.api.EndpointException;
import org.patchbay.frontend.EngineSettings;
import org.patchbay.frontend.Engines;
import org.patchbay.frontend.HostMemory;
import org.patchbay.frontend.NicEngine;
import org.patchbay.frontend.Worker;

/** A running probe with its NIC: memory, rings, worker and engine. Any thread. */
public final class Probe implements AutoCloseable {

  private final HostMemory memory;
  private final ProbeRings rings;
  private final Worker worker;
  private final NicEngine engine;

  private Probe(HostMemory memory, ProbeRings rings, Worker worker, NicEngine engine) {
    this.memory = memory;
    this.rings = rings;
    this.worker = worker;
    this.engine = engine;
  }

  /**
   * Opens a probe.
   *
   * @param spinNanos as {@link Engines#openWorker}
   * @return the probe; the caller closes it
   * @throws EndpointException as {@link Engines}; nothing is left behind
   */
  public static Probe open(
      Engines engines, EngineSettings nic, ProbeSettings settings, long spinNanos)
      throws EndpointException {
    HostMemory memory = new HostMemory(ProbeRings.memoryNeeded(settings, nic.mtu()));
    try {
      ProbeRings rings = new ProbeRings(settings, nic.macAddress(), memory, nic.mtu());
      Worker worker = engines.openWorker(nic.nic().name(), spinNanos);
      try {
        return new Probe(memory, rings, worker, engines.open(nic, rings, worker));
      } catch (Throwable e) {
        worker.close();
        throw e;
      }
    } catch (Throwable e) {
      memory.close();
      throw e;
    }
  }

  /** The rings, for reports and the rate. */
  public ProbeRings rings() {
    return rings;
  }

  /** The engine, for the NIC and the control of its disconnectable. */
  public NicEngine engine() {
    return engine;
  }

  /**
   * Closes the NIC, then the worker, then the memory, as soon as nothing of a backend's uses it any
   * more. A second call does nothing.
   */
  @Override
  public void close() {
    // Whatever one of them throws, the others are closed, and in this order.
    try (worker;
        engine) {
      // Nothing to do but to close them, the last named first.
    } finally {
      engine.whenUnused(memory::close);
    }
  }
}
