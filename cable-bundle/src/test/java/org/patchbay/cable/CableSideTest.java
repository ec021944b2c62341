package org.patchbay.cable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.patchbay.api.InspectNode;
import org.patchbay.api.TxBatch;

class CableSideTest {

  private final Joined joined = new Joined(8);
  private final CableSide a = joined.sides[0];
  private final CableSide b = joined.sides[1];
  private final int[] ids = new int[8];

  @AfterEach
  void freeMemory() {
    joined.close();
  }

  private void receiveAtA(int count) {
    assertEquals(count, a.takePosted(ids, count));
    for (int i = 0; i < count; i++) {
      joined.fill(0, ids[i], i, 0, 60, -1);
    }
    assertEquals(60L * count, a.deliver(ids, count));
  }

  @Test
  void transmitsFromTheVeryBufferThatWasReceivedInto() {
    a.takePosted(ids, 1);
    joined.fill(0, ids[0], 77, 12, 1518, 0x2005);
    a.deliver(ids, 1);
    TxBatch batch = new TxBatch(4, 4);
    assertEquals(1, b.peekTransmits(batch));
    assertEquals(joined.addressOf(0, ids[0]) + 12, batch.segmentAddress(0));
    assertEquals(1518, batch.length(0));
    assertEquals(0x2005, batch.vlan(0));
    assertEquals(0, batch.flags(0));
  }

  @Test
  void runsOutOfBuffersWhenTheOtherSideTakesNothing() {
    receiveAtA(8);
    assertEquals(0, a.takePosted(ids, 8), "the backend of a gets no buffer and keeps its frames");
    assertFalse(a.pollReady(true, true));
    TxBatch batch = new TxBatch(8, 8);
    assertEquals(8, b.peekTransmits(batch));
    b.acceptTransmits(1);
    assertEquals(0, a.takePosted(ids, 8), "in flight at b, so not a's yet");
    ids[0] = batch.id(0);
    b.completeTransmits(ids, 1);
    assertEquals(1, joined.wakes[0], "a may go on");
    assertTrue(a.pollReady(true, true));
    assertEquals(1, a.takePosted(ids, 8));
  }

  @Test
  void wakesTheOtherSideWhenItSaidThatItHadNothing() {
    b.takePosted(new int[8], 8);
    assertFalse(b.pollReady(true, true));
    receiveAtA(1);
    assertEquals(1, joined.wakes[1]);
    receiveAtA(1);
    assertEquals(1, joined.wakes[1], "once is enough");
    assertTrue(b.pollReady(true, true));
    assertFalse(b.pollReady(true, false), "no transmits are wanted while the backend has no room");
  }

  @Test
  void reportsWhatCrossedAndWhatWaits() {
    receiveAtA(3);
    TxBatch batch = new TxBatch(8, 8);
    b.peekTransmits(batch);
    b.acceptTransmits(2);
    ids[0] = batch.id(0);
    b.completeTransmits(ids, 1);
    InspectNode node = new InspectNode();
    a.inspect(node);
    assertEquals(
        """
        to c0.b
          frames: 2
          waiting: 1
          in flight: 1
        from c0.b
          frames: 0
          waiting: 0
          in flight: 0
        """,
        node.render());
  }

  @Test
  void allocatesNothingOnThePacketPath() {
    TxBatch batch = new TxBatch(8, 8);
    int[] transmitted = new int[8];
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int pass = 0; pass < 1000; pass++) {
        a.deliver(ids, a.takePosted(ids, 8));
        batch.clear();
        int count = b.peekTransmits(batch);
        for (int packet = 0; packet < count; packet++) {
          transmitted[packet] = batch.id(packet);
        }
        b.acceptTransmits(count);
        b.completeTransmits(transmitted, count);
        a.pollReady(true, true);
        b.pollReady(true, true);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least);
  }
}
