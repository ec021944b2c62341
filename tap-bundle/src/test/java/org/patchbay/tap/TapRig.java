package org.patchbay.tap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.linux.TestNamespace;
import org.patchbay.linux.TestTap;
import org.patchbay.linux.VirtioNetHeader;
import org.patchbay.linux.driver.EpollWaitFactory;

/**
 * A namespace with a bridge between the endpoint's interface, {@code near}, and a peer, {@code
 * far}, which reads and writes plain frames.
 */
final class TapRig implements AutoCloseable {
  static final int MTU = 9000;

  final TestNamespace namespace;
  final GuestBuffers buffers = new GuestBuffers();
  private final TestTap far;
  private final WorkerWait wait;
  private @Nullable OwnedQueueDriver driver;

  private TapRig(TestNamespace namespace, TestTap far, WorkerWait wait) {
    this.namespace = namespace;
    this.far = far;
    this.wait = wait;
  }

  static TapRig create() throws Exception {
    TestNamespace namespace = TestNamespace.create();
    try {
      TestTap far = TestTap.attach(namespace, "far");
      namespace.ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
      namespace.ip("link", "set", "bridge", "mtu", String.valueOf(MTU), "up");
      namespace.ip("link", "set", "far", "mtu", String.valueOf(MTU), "master", "bridge", "up");
      return new TapRig(namespace, far, new EpollWaitFactory().open());
    } catch (Exception failed) {
      namespace.close();
      throw failed;
    }
  }

  /** Settings for {@code near} in this namespace, changed by these. */
  Map<String, String> configuration(String... keysAndValues) {
    Map<String, String> configuration = new HashMap<>();
    configuration.put("name", "near");
    configuration.put("netns", namespace.name());
    configuration.put("mtu", String.valueOf(MTU));
    configuration.put("up", "true");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      configuration.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return configuration;
  }

  /** Opens the endpoint on {@code near}, a port of the bridge. */
  TapEndpoint endpoint() throws Exception {
    TapEndpoint endpoint = TapEndpoint.open(TapSettings.of(configuration()));
    namespace.ip("link", "set", "near", "master", "bridge");
    return endpoint;
  }

  QueueConfig queueConfig() throws Exception {
    closeDriver();
    OwnedQueueDriver opened = wait.openDriver();
    driver = opened;
    return new QueueConfig(opened, MacAddress.forName("nic0"), 1500);
  }

  private void closeDriver() {
    if (driver != null) {
      driver.close();
    }
  }

  Queue queue(TapEndpoint endpoint) throws Exception {
    return endpoint.getQueues(List.of(queueConfig()), null).getFirst();
  }

  WorkerWait worker() {
    return wait;
  }

  /** Posts buffers with these ids, each of this capacity. */
  void post(Queue queue, int capacity, int... ids) {
    for (int id : ids) {
      buffers.addBuffer(id, capacity);
    }
    if (queue.rxAvail(buffers, ids, ids.length) != 0) {
      throw new AssertionError("rxAvail failed");
    }
  }

  /** Receives this many frames as a worker does: poll, collect, sleep. */
  List<GuestBuffers.Received> receive(Queue queue, int count) {
    List<GuestBuffers.Received> received = new ArrayList<>();
    int[] ids = new int[64];
    while (received.size() < count) {
      if (!queue.pollReady(buffers)) {
        if (!wait.await(TimeUnit.SECONDS.toNanos(10))) {
          throw new AssertionError("after " + received.size() + " frames nothing came for 10 s");
        }
        continue;
      }
      int collected = queue.rxPoll(buffers, ids, Math.min(64, count - received.size()));
      if (collected < 0) {
        throw new AssertionError("rxPoll answered " + collected, queue.failure());
      }
      for (int i = 0; i < collected; i++) {
        received.add(buffers.take(ids[i]));
      }
    }
    return received;
  }

  /** Writes a frame from the peer. */
  void send(byte[] frame) {
    far.header();
    far.write(frame);
  }

  /** Writes a frame from the peer whose transport checksum the receiver has to complete. */
  void sendUnfinished(byte[] frame, int checksumStart, int checksumOffset) {
    VirtioNetHeader.setChecksum(far.header(), 0, checksumStart, checksumOffset);
    far.write(frame);
  }

  /** Reads the next frames at the peer, leaving out those of the kernel's own. */
  List<byte[]> read(int count) throws Exception {
    return far.read(count);
  }

  /** Reads the next frame at the peer, whosever it is; null if none comes in time. */
  byte @Nullable [] poll(Duration patience) throws Exception {
    return far.poll(patience);
  }

  /** Throws away what waits at the peer. */
  void forgetWaiting() {
    far.readWaiting();
  }

  /** What waits at the peer now of frames that a test sent. */
  List<byte[]> readWaiting() {
    return far.readWaiting();
  }

  @Override
  public void close() throws Exception {
    closeDriver();
    wait.close();
    far.close();
    namespace.close();
  }
}
