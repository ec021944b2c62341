package org.patchbay.cable;

import org.patchbay.api.EndpointException;
import org.patchbay.frontend.EngineSettings;
import org.patchbay.frontend.Engines;
import org.patchbay.frontend.HostMemory;
import org.patchbay.frontend.NicEngine;
import org.patchbay.frontend.SlotBuffers;
import org.patchbay.frontend.Worker;

/** A running cable: memory, worker, and the engines of its two NICs. Any thread. */
public final class Cable implements AutoCloseable {

  private static final int CACHE_LINE = 64;

  /** Ethernet header with a VLAN tag. */
  private static final int FRAME_OVERHEAD = 18;

  private final HostMemory memory;
  private final Worker worker;
  private final NicEngine engineA;
  private final NicEngine engineB;

  private Cable(HostMemory memory, Worker worker, NicEngine engineA, NicEngine engineB) {
    this.memory = memory;
    this.worker = worker;
    this.engineA = engineA;
    this.engineB = engineB;
  }

  /**
   * Opens a cable.
   *
   * @return the cable; the caller closes it
   * @throws EndpointException as {@link Engines}; nothing is left behind
   */
  public static Cable open(Engines engines, CableSettings settings) throws EndpointException {
    EngineSettings a = settings.a();
    EngineSettings b = settings.b();
    int slots = settings.buffers();
    int slotSize = slotSize(Math.max(a.mtu(), b.mtu()));
    HostMemory memory = new HostMemory(2L * slots * slotSize);
    try {
      CableSide sideA = side(a, memory, 0, slots, slotSize);
      CableSide sideB = side(b, memory, 1, slots, slotSize);
      CableSide.join(sideA, sideB);
      Worker worker = engines.openWorker(settings.name(), settings.spinNanos());
      try {
        NicEngine engineA = engines.open(a, sideA, worker);
        try {
          return new Cable(memory, worker, engineA, engines.open(b, sideB, worker));
        } catch (Throwable e) {
          engineA.close();
          throw e;
        }
      } catch (Throwable e) {
        worker.close();
        throw e;
      }
    } catch (Throwable e) {
      memory.close();
      throw e;
    }
  }

  private static CableSide side(
      EngineSettings nic, HostMemory memory, int index, int slots, int slotSize) {
    long base = HostMemory.START + (long) index * slots * slotSize;
    return new CableSide(
        nic.nic().name(), new SlotBuffers(memory.guest(), base, slots, slotSize), slots, slots);
  }

  /** Bytes for the longest frame that either side can receive. */
  static int slotSize(int mtu) {
    return Math.ceilDiv(mtu + FRAME_OVERHEAD, CACHE_LINE) * CACHE_LINE;
  }

  /** The engine of side a. */
  public NicEngine a() {
    return engineA;
  }

  /** The engine of side b. */
  public NicEngine b() {
    return engineB;
  }

  /**
   * Closes both NICs, then the worker, then the memory, as soon as nothing of a backend's uses it
   * any more. A second call does nothing.
   */
  @Override
  public void close() {
    // Whatever one of them throws, the others are closed, and in this order.
    try (worker;
        engineA;
        engineB) {
      // Nothing to do but to close them, the last named first.
    } finally {
      engineA.whenUnused(() -> engineB.whenUnused(memory::close));
    }
  }
}
