package org.patchbay.benchmarks.macswap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.TxResult;
import org.patchbay.conformance.support.ParkingWaitFactory;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestPacket.Defect;

/** That the backend of the vhost benches does what it is measured for. */
final class MacSwapEndpointTest {

  private static final int ADDRESS = 6;

  private final MacSwapEndpoint endpoint = new MacSwapEndpoint();
  private QueueHarness harness;

  @BeforeEach
  void open() throws EndpointException {
    TestDriver driver = new TestDriver(new ParkingWaitFactory());
    Queue queue =
        endpoint
            .getQueues(List.of(new QueueConfig(driver, new MacAddress(2), 1500)), null)
            .getFirst();
    TestGuestMemory memory = new TestGuestMemory();
    harness = new QueueHarness(queue, driver, memory, new TestBuffers(memory, 1600, 2));
  }

  @AfterEach
  void close() {
    harness.close();
    harness.checkAfterClose();
    endpoint.stop();
  }

  private static TestPacket packet(int number) {
    return new TestPacket(number, TestFrames.frame(number, 1000));
  }

  @Test
  void returnsFramesInOrderWithTheirAddressesExchanged() {
    harness.post(5, 6, 7);
    List<TestPacket> packets = List.of(packet(0), packet(1).segments(3));
    assertEquals(TxResult.complete(2), harness.tryOffer(packets));
    assertEquals(2, harness.collect(8));
    for (int i = 0; i < 2; i++) {
      byte[] sent = packets.get(i).frame();
      byte[] expected = sent.clone();
      System.arraycopy(sent, 0, expected, ADDRESS, ADDRESS);
      System.arraycopy(sent, ADDRESS, expected, 0, ADDRESS);
      assertArrayEquals(expected, harness.received().get(i).frame());
      assertEquals(5 + i, harness.received().get(i).id());
    }
    assertEquals(2, harness.queue().statistics().txPackets());
    assertEquals(2, harness.queue().statistics().rxPackets());
  }

  @Test
  void acceptsAsMuchAsThereAreBuffersAndWakesWhenSomeCome() {
    harness.post(1);
    assertEquals(TxResult.complete(1), harness.tryOffer(List.of(packet(0), packet(1))));
    assertEquals(1, harness.collect(8));
    assertFalse(harness.pollReady());
    harness.post(2);
    assertEquals(1, harness.driver().wakes());
    assertTrue(harness.pollReady());
  }

  @Test
  void dropsABadPacketAndGoesOn() {
    harness.post(1, 2);
    List<TestPacket> packets =
        List.of(packet(0), packet(1).defect(Defect.OUTSIDE_MEMORY), packet(2));
    assertEquals(TxResult.complete(3), harness.tryOffer(packets));
    assertEquals(2, harness.collect(8));
    assertEquals(2, harness.received().getLast().sequence());
    assertEquals(1, harness.queue().statistics().txErrors());
  }

  @Test
  void keepsTheOrderWhileItsLinesOfIdsAreMoved() {
    int next = 0;
    for (int turn = 0; turn < 2000; turn++) {
      harness.post(next % 64, (next + 1) % 64, (next + 2) % 64);
      assertEquals(3, harness.offer(List.of(packet(next), packet(next + 1), packet(next + 2))));
      assertEquals(3, harness.collect(8));
      for (int i = 0; i < 3; i++) {
        assertEquals(next + i, harness.received().get(i).sequence());
      }
      harness.forgetReceived();
      next += 3;
    }
  }
}
