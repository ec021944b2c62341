package org.patchbay.frontend.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import org.patchbay.api.TxFlags;
import org.patchbay.api.Vlan;

/**
 * Any frame with any flags, in any pieces, for any endpoint: it is sent or dropped, its id comes
 * back, nothing is asked of the endpoint that it can't do, and nothing outside guest memory is
 * given to it.
 */
class OffloadFuzzTest {

  private static final int MOST_SEGMENTS = 3000;

  /** One for all runs, of which there are thousands in a second. */
  private final ModelEngine engine = new ModelEngine(0);

  @FuzzTest(maxDuration = "20s")
  void anyFrame(FuzzedDataProvider data) {
    int supported = data.consumeInt(0, 0x7f);
    boolean carriesVlan = data.consumeBoolean();
    int flags = data.consumeInt(0, 0x7f);
    int vlan = data.consumeInt(-1, 0xffff);
    int segmentSize = data.consumeInt(0, 0xffff);
    int cuts = data.consumeInt(0, 5);
    int[] lengths = new int[cuts + 1];
    for (int i = 0; i < cuts; i++) {
      lengths[i] = data.consumeInt(0, 200);
    }
    int most = data.consumeInt(1, 8);
    byte[] frame = withPieces(lengths, data.consumeRemainingAsBytes());

    engine.reset();
    engine.offload.begin(supported, carriesVlan);
    engine.guest.send(ModelEngine.FIRST_ID, flags, frame, segmentSize, vlan, lengths);
    engine.queue.most = most;
    for (int i = 0; i < MOST_SEGMENTS && !engine.guest.ring.isEmpty(); i++) {
      assertTrue(engine.transmit() > 0);
    }
    assertEquals(1, engine.completed.size());
    assertEquals(0, engine.queue.statistics().txErrors());
    for (RecordingQueue.Sent sent : engine.queue.sent) {
      assertEquals(0, sent.flags() & TxFlags.ANY_OFFLOAD & ~supported);
      assertTrue(carriesVlan || sent.vlan() == Vlan.NONE);
    }
  }

  /** Fits the pieces to a frame, whose last one is the rest. */
  private static byte[] withPieces(int[] lengths, byte[] bytes) {
    byte[] frame = bytes.length == 0 ? new byte[1] : bytes;
    int left = frame.length;
    for (int i = 0; i < lengths.length - 1; i++) {
      lengths[i] = Math.min(lengths[i], left);
      left -= lengths[i];
    }
    lengths[lengths.length - 1] = left;
    return frame;
  }
}
