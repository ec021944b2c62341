package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.linux.OpenFiles;
import org.patchbay.linux.Requirements;

/** An interface with several queues, of which as many take part as were opened. */
@Timeout(60)
class TapQueuesTest {

  private static final int FLOWS = 64;
  private static final int SOURCE_PORT = 14 + 40;

  private long descriptorsBefore;
  private TapRig rig;
  private TapEndpoint endpoint;
  private final List<OwnedQueueDriver> drivers = new ArrayList<>();

  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  @BeforeEach
  void open() throws Exception {
    descriptorsBefore = OpenFiles.count();
    rig = TapRig.create();
    endpoint = TapEndpoint.open(TapSettings.of(rig.configuration("queues", "3")));
    rig.namespace.ip("link", "set", "near", "master", "bridge");
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    drivers.forEach(OwnedQueueDriver::close);
    endpoint.close();
    rig.close();
    assertEquals(descriptorsBefore, OpenFiles.count());
  }

  private List<Queue> queues(int count) throws Exception {
    List<QueueConfig> configs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      OwnedQueueDriver driver = rig.worker().openDriver();
      drivers.add(driver);
      configs.add(new QueueConfig(driver, MacAddress.forName("nic0"), 1500));
    }
    return endpoint.getQueues(configs, null);
  }

  /** Sends a frame of each flow, and counts those that each queue receives. */
  private int[] received(List<Queue> queues) {
    int[] counts = new int[queues.size()];
    int posted = 0;
    for (Queue queue : queues) {
      for (int i = 0; i < FLOWS; i++) {
        rig.post(queue, 1518, posted++);
      }
    }
    for (int flow = 0; flow < FLOWS; flow++) {
      byte[] frame = Frames.ip(Frames.IPV6, Frames.UDP, 18, 0);
      ByteBuffer.wrap(frame).putShort(SOURCE_PORT, (short) (1000 + flow));
      rig.send(frame);
    }
    TreeSet<Integer> flows = new TreeSet<>();
    int[] ids = new int[FLOWS];
    while (flows.size() < FLOWS) {
      boolean ready = false;
      for (int i = 0; i < counts.length; i++) {
        ready |= queues.get(i).pollReady(rig.buffers);
        int count = queues.get(i).rxPoll(rig.buffers, ids, ids.length);
        for (int n = 0; n < count; n++) {
          byte[] frame = rig.buffers.take(ids[n]).frame();
          // The kernel sends frames of its own, which have other lengths.
          if (frame.length == SOURCE_PORT + 8 + 18) {
            assertTrue(flows.add((int) ByteBuffer.wrap(frame).getShort(SOURCE_PORT)), "once");
            counts[i]++;
          }
        }
      }
      if (!ready && !rig.worker().await(TimeUnit.SECONDS.toNanos(10))) {
        throw new AssertionError("only " + flows.size() + " flows came");
      }
    }
    return counts;
  }

  @Test
  void theKernelSteersOverThoseThatAreOpen() throws Exception {
    assertEquals(3, endpoint.multiQueueSupport().maxQueues());
    for (int count : new int[] {3, 1, 2, 3}) {
      List<Queue> queues = queues(count);
      int[] counts = received(queues);
      for (int received : counts) {
        assertTrue(received > 0, () -> "every queue gets flows: " + List.of(counts));
      }
      queues.forEach(Queue::close);
    }
  }

  @Test
  void moreThanThereAreAreRefused() {
    EndpointException refusal = assertThrows(EndpointException.class, () -> queues(4));
    assertEquals(EndpointError.TOO_MANY_QUEUES, refusal.error());
  }

  @Test
  void anInterfaceOfOneQueueTakesNoOther() throws Exception {
    rig.namespace.ip("tuntap", "add", "single", "mode", "tap");
    EndpointException refusal =
        assertThrows(
            EndpointException.class,
            () ->
                TapEndpoint.open(
                        TapSettings.of(rig.configuration("ifname", "single", "queues", "2")))
                    .close());
    assertEquals(EndpointError.WRONG_FLAGS, refusal.error());
  }
}
