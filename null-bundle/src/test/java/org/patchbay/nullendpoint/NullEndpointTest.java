package org.patchbay.nullendpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.TxResult;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;
import org.patchbay.conformance.support.ParkingWaitFactory;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestGuestMemory;

/** What the null endpoint does beyond what every endpoint does. */
@DisplayNameGeneration(ContractLineNames.class)
final class NullEndpointTest {

  private final NullEndpoint endpoint = new NullEndpoint();
  private final TestGuestMemory memory = new TestGuestMemory();
  private final TestBuffers buffers = new TestBuffers(memory, 2048, 1);

  private Queue open(TestDriver driver) throws EndpointException {
    return endpoint
        .getQueues(List.of(new QueueConfig(driver, new MacAddress(2), 1500)), null)
        .getFirst();
  }

  @Test
  @ContractLine("N1")
  void it_declares_everything() {
    assertEquals("null", endpoint.endpointType());
    assertTrue(endpoint.isOrdered());
    assertEquals(TxOffloadSupport.ALL, endpoint.txOffloadSupport());
    assertEquals(new MultiQueueSupport(65535, 128), endpoint.multiQueueSupport());
  }

  @Test
  @ContractLine({"N2", "N3"})
  void it_accepts_all_and_receives_nothing() throws EndpointException {
    try (TestDriver driver = new TestDriver(new ParkingWaitFactory());
        Queue queue = open(driver)) {
      long address = memory.allocate(60);
      TxBatch batch = new TxBatch(64, 64);
      for (int i = 0; i < 64; i++) {
        batch.addPacket(i, 1, 0, 60, address, 60);
      }
      assertEquals(TxResult.complete(64), queue.txAvail(buffers, batch), "without any buffer");
      buffers.post(1);
      assertEquals(0, queue.rxAvail(buffers, new int[] {1}, 1));
      assertEquals(TxResult.complete(64), queue.txAvail(buffers, batch));
      assertEquals(128, queue.statistics().txPackets());
      assertFalse(queue.pollReady(buffers));
      assertEquals(0, queue.rxPoll(buffers, new int[8], 8));
      assertEquals(0, queue.txPoll(buffers, new int[8], 8));
      assertEquals(0, driver.wakes());
    }
    endpoint.stop();
  }

  @Test
  @ContractLine("N4")
  void its_data_path_stays_where_it_is() throws EndpointException {
    endpoint.setDataPathToGuestVf(false);
    assertEquals(
        EndpointError.UNSUPPORTED,
        assertThrows(EndpointException.class, () -> endpoint.setDataPathToGuestVf(true)).error());
    assertEquals(
        EndpointError.UNSUPPORTED,
        assertThrows(EndpointException.class, endpoint::getDataPathToGuestVf).error());
  }

  @Test
  void an_inspection_shows_each_queue() throws EndpointException {
    try (TestDriver driver = new TestDriver(new ParkingWaitFactory());
        Queue queue = open(driver)) {
      queue.statistics().addTxPackets(3);
      InspectNode node = new InspectNode();
      endpoint.inspect(node);
      assertTrue(node.render().startsWith("type: null\nqueue-0\n  rx-packets: 0\n  tx-packets: 3"));
    }
  }
}
