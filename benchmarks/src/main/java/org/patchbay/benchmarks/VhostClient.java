package org.patchbay.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.patchbay.drills.peer.Testpmd;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/**
 * The client of the vhost benches: testpmd with one virtio-user port, which sends as many frames as
 * its ring takes and counts those that come back; all on a core of its own.
 */
final class VhostClient {

  /** Packet buffers of a testpmd, enough for its rings and caches. */
  static final int BUFFERS = 16384;

  private static final String FLOWGEN = "flowgen";
  private static final String DRAIN = "rxonly";
  private static final int SMALLEST_FRAME = 64;
  private static final long SETTLE_MILLIS = 1_000;
  private static final long MEASURE_MILLIS = 1_500;
  private static final long DRAIN_MILLIS = 100;

  private final Testpmd testpmd;

  private VhostClient(Testpmd testpmd) {
    this.testpmd = testpmd;
  }

  /** Which rings, and which frames. */
  enum Load {
    SPLIT_SMALL(false, SMALLEST_FRAME),
    SPLIT_LARGE(false, 1500),
    PACKED_SMALL(true, SMALLEST_FRAME),
    PACKED_LARGE(true, 1500);

    private final boolean packed;
    private final int bytes;

    Load(boolean packed, int bytes) {
      this.packed = packed;
      this.bytes = bytes;
    }

    @Override
    public String toString() {
      return (packed ? "packed ring " : "split ring ") + bytes + " B";
    }
  }

  /**
   * Connects a client to a device.
   *
   * @param cleanup ends it
   * @param socket the device's socket
   */
  static VhostClient connect(Cleanup cleanup, Path socket, Load load)
      throws RigException, InterruptedException {
    return new VhostClient(
        Testpmd.start(
            cleanup,
            new Testpmd.Setup(
                List.of(Testpmd.virtioUser(0, socket, false, 1, load.packed ? ",packed_vq=1" : "")),
                List.of(CorePlacement.CLIENT_CORE, CorePlacement.CLIENT_CORE),
                1,
                BUFFERS,
                List.of("--txpkts=" + load.bytes))));
  }

  /** Begins to send. */
  void load() throws RigException {
    testpmd.forward(FLOWGEN);
  }

  /** Ends sending; returns when its core is idle. */
  Testpmd.Counts rest() throws RigException, InterruptedException {
    testpmd.halt();
    return testpmd.counts(0);
  }

  /** Sends for a while and gives the rate of the frames that came back, in millions a second. */
  double measure() throws RigException, InterruptedException {
    load();
    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
    testpmd.counts(0);
    TimeUnit.MILLISECONDS.sleep(MEASURE_MILLIS);
    double rate = testpmd.counts(0).receivedPerSecond() / 1e6;
    testpmd.halt();
    if (rate == 0) {
      throw new RigException("No frame came back to testpmd: " + testpmd.child().tail());
    }
    return rate;
  }

  /** Takes what still comes after {@link #rest}, and gives the counts since the start. */
  Testpmd.Counts drain() throws RigException, InterruptedException {
    testpmd.forward(DRAIN);
    TimeUnit.MILLISECONDS.sleep(DRAIN_MILLIS);
    return rest();
  }

  /** Ends in order: the device sees its socket close. */
  void quit() throws RigException, InterruptedException {
    testpmd.quit();
  }
}
