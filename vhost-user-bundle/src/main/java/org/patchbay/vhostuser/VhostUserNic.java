package org.patchbay.vhostuser;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.osgi.service.log.Logger;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.QueueConfig;
import org.patchbay.frontend.Engines;
import org.patchbay.frontend.NicEngine;
import org.patchbay.frontend.Worker;
import org.patchbay.vhostuser.ring.GuestRingPair;

/** A running vhost-user NIC: its ring pairs, workers, engine and message thread. Any thread. */
public final class VhostUserNic implements AutoCloseable {

  /** Bytes that a frame has besides its layer-3 packet: Ethernet header and one VLAN tag. */
  private static final int FRAME_OVERHEAD = 18;

  private final PeerServer server;
  private final List<Worker> workers;
  private final NicEngine engine;

  private VhostUserNic(PeerServer server, List<Worker> workers, NicEngine engine) {
    this.server = server;
    this.workers = workers;
    this.engine = engine;
  }

  /**
   * Opens a NIC, which waits for its peer from then on.
   *
   * @return the NIC; the caller closes it
   * @throws EndpointException as {@link Engines}, or if the socket can't be had; nothing is left
   *     behind
   */
  static VhostUserNic open(Engines engines, VhostUserConfiguration configuration, Logger logger)
      throws EndpointException {
    PeerServer server = new PeerServer(configuration, logger);
    List<Worker> workers = new ArrayList<>();
    boolean opened = false;
    try {
      server.open();
      List<GuestRingPair> pairs = new ArrayList<>();
      for (int i = 0; i < configuration.queuePairs(); i++) {
        pairs.add(new GuestRingPair(i, frameSize(configuration), server));
      }
      String name = configuration.nic().nic().name();
      for (int i = 0; i < configuration.workers(); i++) {
        String thread = configuration.workers() == 1 ? name : name + "-" + i;
        workers.add(engines.openWorker(thread, configuration.spinNanos()));
      }
      NicEngine engine = engines.open(configuration.nic(), pairs, workers);
      server.start(new EngineRings(engine, pairs));
      opened = true;
      return new VhostUserNic(server, workers, engine);
    } catch (IOException e) {
      throw new EndpointException(
          EndpointError.INVALID_CONFIGURATION, String.valueOf(e.getMessage()), e);
    } finally {
      if (!opened) {
        workers.forEach(Worker::close);
        server.close();
      }
    }
  }

  private static int frameSize(VhostUserConfiguration configuration) {
    return Math.min(configuration.nic().mtu(), QueueConfig.MAX_MTU) + FRAME_OVERHEAD;
  }

  /** The engine, for the NIC and the control of its disconnectable. */
  public NicEngine engine() {
    return engine;
  }

  /**
   * Ends the connection, closes the NIC, then its workers, and removes the socket. A second call
   * does nothing.
   */
  @Override
  public void close() {
    server.close();
    // Whatever one of them throws, the others are closed.
    try (engine) {
      // The workers serve it until it is closed.
    } finally {
      workers.forEach(Worker::close);
      server.closeLeftovers();
    }
  }
}
