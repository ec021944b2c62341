package org.patchbay.loopback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;
import org.patchbay.conformance.support.ParkingWaitFactory;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestPacket.Defect;

/** What the loopback endpoint does beyond what every endpoint does. */
@DisplayNameGeneration(ContractLineNames.class)
final class LoopbackEndpointTest {

  private final LoopbackEndpoint endpoint = new LoopbackEndpoint();
  private QueueHarness harness;

  @BeforeEach
  void open() throws EndpointException {
    TestDriver driver = new TestDriver(new ParkingWaitFactory());
    Queue queue =
        endpoint
            .getQueues(List.of(new QueueConfig(driver, new MacAddress(2), 1500)), null)
            .getFirst();
    TestGuestMemory memory = new TestGuestMemory();
    harness = new QueueHarness(queue, driver, memory, new TestBuffers(memory, 128, 2));
  }

  @AfterEach
  void close() {
    harness.close();
    harness.checkAfterClose();
    endpoint.stop();
  }

  private static TestPacket packet(int number) {
    return new TestPacket(number, TestFrames.frame(number, 100));
  }

  private static List<TestPacket> packets(int count) {
    List<TestPacket> packets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      packets.add(packet(i));
    }
    return packets;
  }

  @Test
  @ContractLine("L1")
  void it_declares_order_and_no_offload() {
    assertEquals("loopback", endpoint.endpointType());
    assertTrue(endpoint.isOrdered());
    assertEquals(TxOffloadSupport.NONE, endpoint.txOffloadSupport());
    assertEquals(new MultiQueueSupport(65535, 64), endpoint.multiQueueSupport());
  }

  @Test
  @ContractLine("L2")
  void it_reflects_as_many_packets_as_buffers_are_free() {
    harness.post(5, 6);
    assertEquals(TxResult.complete(2), harness.tryOffer(packets(3)));
    assertEquals(2, harness.collect(8));
    assertEquals(List.of(5, 6), harness.received().stream().map(ReceivedFrame::id).toList());
    assertEquals(List.of(0, 1), harness.received().stream().map(ReceivedFrame::sequence).toList());
  }

  @Test
  @ContractLine({"L2", "Q13"})
  void segments_do_not_count() {
    harness.post(5, 6);
    List<TestPacket> packets = packets(3);
    packets.forEach(packet -> packet.segments(2));
    assertEquals(TxResult.complete(2), harness.tryOffer(packets));
    assertEquals(TxResult.complete(0), harness.tryOffer(List.of()));
  }

  @Test
  @ContractLine("L3")
  void a_vlan_is_in_the_received_metadata() {
    harness.post(1, 2);
    int vlan = Vlan.of(3, true, 77);
    assertEquals(2, harness.offer(List.of(packet(0).vlan(vlan), packet(1))));
    harness.collect(8);
    assertEquals(vlan, harness.received().get(0).metadata().vlan());
    assertEquals(Vlan.NONE, harness.received().get(1).metadata().vlan());
    assertEquals(1, harness.queue().statistics().txVlanPackets());
    assertEquals(1, harness.queue().statistics().rxVlanPackets());
  }

  @Test
  @ContractLine("L4")
  void without_buffers_it_accepts_nothing_until_some_are_posted() {
    assertEquals(TxResult.complete(0), harness.tryOffer(packets(2)));
    assertFalse(harness.pollReady());
    assertEquals(0, harness.driver().wakes());
    harness.post(1);
    assertEquals(1, harness.driver().wakes());
    assertTrue(harness.pollReady());
    assertEquals(TxResult.complete(1), harness.tryOffer(packets(2)));
  }

  @Test
  @ContractLine("L5")
  void a_packet_that_fails_takes_no_buffer() {
    harness.post(9);
    List<TestPacket> packets =
        List.of(
            packet(0).segments(2).defect(Defect.OUTSIDE_MEMORY),
            new TestPacket(1, TestFrames.frame(1, 129)),
            packet(2).defect(Defect.NO_SEGMENT),
            packet(3));
    assertEquals(TxResult.complete(4), harness.tryOffer(packets));
    assertEquals(1, harness.collect(8));
    assertEquals(9, harness.received().getFirst().id());
    assertEquals(3, harness.received().getFirst().sequence());
    assertEquals(2, harness.queue().statistics().txErrors());
    assertEquals(1, harness.queue().statistics().rxErrors());
    assertEquals(2, harness.queue().statistics().txPackets());
  }

  @Test
  void more_buffers_than_ever_before_keep_their_order() {
    int next = 0;
    int expected = 0;
    // Laps of the ring at several fill levels, each larger than the ring was.
    for (int count : new int[] {3, 100, 700, 1500, 5}) {
      int[] ids = new int[count];
      for (int i = 0; i < count; i++) {
        ids[i] = next++;
      }
      harness.post(ids);
      for (int done = 0; done < count; done += 50) {
        int part = Math.min(50, count - done);
        assertEquals(part, harness.offer(packets(part)));
        assertEquals(part, harness.collect(64));
      }
      for (ReceivedFrame frame : harness.received()) {
        assertEquals(expected++, frame.id());
      }
      harness.forgetReceived();
    }
  }

  @Test
  void a_refused_buffer_is_fatal_and_tells_why() {
    harness.post(4);
    harness.buffers().refuseAll();
    assertEquals(Queue.FATAL, harness.tryOffer(packets(1)));
    assertTrue(String.valueOf(harness.queue().failure()).contains("receive buffer 4 was refused"));
  }

  @Test
  void an_inspection_shows_each_queue() {
    harness.post(1);
    harness.offer(packets(1));
    InspectNode node = new InspectNode();
    endpoint.inspect(node);
    assertTrue(
        node.render().startsWith("type: loopback\nqueue-0\n  rx-packets: 0\n  tx-packets: 1"));
  }
}
