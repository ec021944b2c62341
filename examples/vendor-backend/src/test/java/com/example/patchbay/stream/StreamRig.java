package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.QueueConfig;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestWorker;
import org.patchbay.linux.driver.EpollWaitFactory;

/** A stream endpoint with an open queue, driven by the test's thread as a worker would. */
final class StreamRig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");
  private static final int BUFFERS = 64;

  final StreamEndpoint endpoint;
  QueueHarness queue;
  TestWorker worker;
  private boolean buffersPosted;

  private StreamRig(StreamEndpoint endpoint) throws Exception {
    this.endpoint = endpoint;
    this.queue = openQueue();
    this.worker = new TestWorker(queue);
  }

  /** Keys and values of a configuration besides its name. */
  static StreamRig open(String... keysAndValues) throws Exception {
    return new StreamRig(StreamEndpoint.open(settings(keysAndValues)));
  }

  static StreamSettings settings(String... keysAndValues) throws Exception {
    Map<String, String> configuration = new java.util.HashMap<>();
    configuration.put("name", "s0");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      configuration.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return StreamSettings.of(configuration);
  }

  private QueueHarness openQueue() throws Exception {
    TestDriver driver = new TestDriver(new EpollWaitFactory());
    TestGuestMemory memory = new TestGuestMemory();
    return new QueueHarness(
        endpoint.getQueues(List.of(new QueueConfig(driver, MAC, 1500)), null).getFirst(),
        driver,
        memory,
        new TestBuffers(memory, 2000, 3));
  }

  /** Closes the queue and opens another one, as a restart of queues does. */
  void reopen() throws Exception {
    queue.close();
    queue = openQueue();
    worker = new TestWorker(queue);
    buffersPosted = false;
  }

  void post() {
    if (!buffersPosted) {
      queue.post(IntStream.range(0, BUFFERS).toArray());
      buffersPosted = true;
    }
  }

  static List<TestPacket> packets(int first, int count, int length) {
    List<TestPacket> packets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      packets.add(new TestPacket(first + i, TestFrames.frame(first + i, length)).segments(2));
    }
    return packets;
  }

  /** Transmits packets, however long the socket takes. */
  void transmit(List<TestPacket> packets) {
    assertNull(worker.run(packets, 0, 64, false, PATIENCE));
  }

  /** Receives frames; the numbers of those that the test's peer made, in their order. */
  List<Integer> receive(int count) {
    post();
    queue.forgetReceived();
    assertNull(worker.run(List.of(), count, 64, true, PATIENCE));
    return queue.ownFrames().stream().map(ReceivedFrame::sequence).toList();
  }

  /** Does what a worker does until something holds. */
  void driveUntil(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, () -> "not in time: " + what + "\n" + inspect());
      if (!queue.pollReady()) {
        boolean _ = queue.driver().await(Duration.ofMillis(5));
      } else {
        queue.collect(64);
      }
    }
  }

  boolean isConnected() {
    return value("connection").equals("connected");
  }

  void driveUntilConnected() {
    driveUntil("connected", this::isConnected);
  }

  long count(String name) {
    return Long.parseLong(value(name));
  }

  String value(String name) {
    return inspect()
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst()
        .orElse("");
  }

  String inspect() {
    InspectNode node = new InspectNode();
    endpoint.inspect(node);
    return node.render();
  }

  @Override
  public void close() {
    if (!queue.isClosed()) {
      queue.close();
    }
    endpoint.stop();
    endpoint.close();
  }
}
