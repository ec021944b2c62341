package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.TxResult;
import org.patchbay.linux.Requirements;

/** The packet path allocates nothing once it is compiled. */
@Timeout(120)
class TapAllocationTest {
  /** Enough for the compiler on a slow, busy machine. */
  private static final int MAX_ROUNDS = 200;

  private static final int PACKETS_PER_ROUND = 3200;

  private interface Round {
    void run() throws Exception;
  }

  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  /** Runs rounds until one allocates less than a byte a packet. */
  private static void assertAllocatesNothing(Round round) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = Long.MAX_VALUE;
    for (int i = 0; i < MAX_ROUNDS && allocated >= PACKETS_PER_ROUND; i++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      round.run();
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertTrue(allocated < PACKETS_PER_ROUND, allocated + " bytes after all rounds");
  }

  @Test
  void transmittingAllocatesNothing() throws Exception {
    try (TapRig rig = TapRig.create();
        TapEndpoint endpoint = rig.endpoint();
        Queue queue = rig.queue(endpoint)) {
      TxBatch batch = new TxBatch(32, 64);
      byte[] plain = Frames.plain(700, 1);
      byte[] large = Frames.plain(5000, 1);
      byte[] tcp = Frames.ip(Frames.IPV4, Frames.TCP, 900, 0);
      for (int i = 0; i < 32; i++) {
        int flags = i % 8 == 3 ? TxFlags.IPV4 | TxFlags.OFFLOAD_TCP_CHECKSUM : 0;
        rig.buffers.addPacket(batch, i, flags, flags != 0 ? tcp : i == 9 ? large : plain, 100);
      }
      assertAllocatesNothing(
          () -> {
            for (int i = 0; i < PACKETS_PER_ROUND; i += 32) {
              assertEquals(TxResult.complete(32), queue.txAvail(rig.buffers, batch));
            }
          });
    }
  }

  @Test
  void waitingForFramesAllocatesNothing() throws Exception {
    try (TapRig rig = TapRig.create();
        TapEndpoint endpoint = rig.endpoint();
        Queue queue = rig.queue(endpoint)) {
      rig.post(queue, 1518, 1);
      int[] ids = new int[4];
      assertAllocatesNothing(
          () -> {
            for (int i = 0; i < PACKETS_PER_ROUND; i++) {
              queue.pollReady(rig.buffers);
              int received = queue.rxPoll(rig.buffers, ids, 4);
              if (received != 0) { // a frame of the kernel's own
                queue.rxAvail(rig.buffers, ids, received);
              }
              rig.worker().await(0);
            }
          });
    }
  }
}
