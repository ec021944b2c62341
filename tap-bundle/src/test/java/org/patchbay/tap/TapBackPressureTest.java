package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;
import org.patchbay.linux.NetworkNamespace;
import org.patchbay.linux.Requirements;
import org.patchbay.linux.Tun;

/** A full send buffer: frames stay with the frontend and go out, in order, when there is room. */
@Timeout(60)
@DisplayNameGeneration(ContractLineNames.class)
class TapBackPressureTest {
  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  @Test
  @ContractLine("T8")
  void whatTheKernelDoesNotTakeStaysAndGoesOutLater() throws Exception {
    try (TapRig rig = TapRig.create();
        Tun passed = NetworkNamespace.call(rig.namespace.name(), () -> Tun.attach("near"))) {
      passed.setSendBuffer(20_000);
      TapEndpoint endpoint =
          TapEndpoint.open(
              TapSettings.of(
                  Map.of(
                      "name",
                      "near",
                      "up",
                      "true",
                      "fd",
                      String.valueOf(passed.descriptor().value()))));
      rig.namespace.ip("link", "set", "near", "mtu", "9000", "master", "bridge");
      // The peer's port lets only 800 kB/s out, and what waits there fills the send buffer.
      rig.namespace.exec(
          "tc",
          "qdisc",
          "add",
          "dev",
          "far",
          "root",
          "tbf",
          "rate",
          "6400kbit",
          "burst",
          "10000",
          "limit",
          "10000000");
      try (Queue queue = rig.queue(endpoint)) {
        int count = 64;
        TxBatch batch = new TxBatch(count, count);
        int sent = 0;
        int refusals = 0;
        while (sent < count) {
          batch.clear();
          for (int i = sent; i < count; i++) {
            rig.buffers.addPacket(batch, i, 0, unicast(i));
          }
          int result = queue.txAvail(rig.buffers, batch);
          assertTrue(TxResult.isComplete(result));
          sent += TxResult.accepted(result);
          while (sent < count && !queue.pollReady(rig.buffers)) {
            refusals++;
            assertTrue(
                rig.worker().await(TimeUnit.SECONDS.toNanos(10)), "no wake-up when writable");
          }
        }
        assertTrue(refusals > 0, "the send buffer was never full");
        assertFalse(queue.pollReady(rig.buffers));
        int seen = 0;
        for (byte[] frame : rig.read(count)) {
          assertArrayEquals(unicast(seen), frame);
          seen++;
        }
        assertEquals(count, queue.statistics().txPackets());
        assertEquals(0, queue.statistics().txErrors());
      }
      endpoint.close();
    }
  }

  /** The bridge clones a broadcast frame, and the clone no longer counts for the send buffer. */
  private static byte[] unicast(int seed) {
    byte[] frame = Frames.plain(1000 + seed, seed);
    frame[0] = 2;
    return frame;
  }
}
