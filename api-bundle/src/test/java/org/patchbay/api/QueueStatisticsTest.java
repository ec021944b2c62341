package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class QueueStatisticsTest {

  @Test
  void eachCounterIsItsOwn() {
    QueueStatistics statistics = new QueueStatistics();
    statistics.addRxPackets(1);
    statistics.addTxPackets(2);
    statistics.addRxErrors(3);
    statistics.addTxErrors(4);
    statistics.addRxVlanPackets(5);
    statistics.addTxVlanPackets(6);
    statistics.addTxPackets(10);
    InspectNode node = new InspectNode();
    statistics.inspect(node);
    assertEquals(
        """
        rx-packets: 1
        tx-packets: 12
        rx-errors: 3
        tx-errors: 4
        rx-vlan-packets: 5
        tx-vlan-packets: 6
        """,
        node.render());
    assertEquals(1, statistics.rxPackets());
    assertEquals(12, statistics.txPackets());
    assertEquals(3, statistics.rxErrors());
    assertEquals(4, statistics.txErrors());
    assertEquals(5, statistics.rxVlanPackets());
    assertEquals(6, statistics.txVlanPackets());
  }

  @Test
  void anotherThreadSeesCountersGrow() throws InterruptedException {
    QueueStatistics statistics = new QueueStatistics();
    AtomicBoolean fell = new AtomicBoolean();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  long last = 0;
                  while (last < 1_000_000) {
                    long now = statistics.rxPackets();
                    fell.compareAndSet(false, now < last);
                    last = now;
                  }
                });
    for (int i = 0; i < 1_000_000; i++) {
      statistics.addRxPackets(1);
    }
    assertTrue(reader.join(java.time.Duration.ofSeconds(20)), "the reader never saw the end");
    assertEquals(false, fell.get());
  }
}
