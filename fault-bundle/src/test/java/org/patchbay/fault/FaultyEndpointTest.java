package org.patchbay.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.conformance.support.ParkingWaitFactory;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.loopback.LoopbackEndpoint;

/** Each fault is there when and where it is due, and not before. */
final class FaultyEndpointTest {

  private final TestGuestMemory memory = new TestGuestMemory();
  private final TestBuffers buffers = new TestBuffers(memory, 2048, 1);
  private final List<String> deeds = new ArrayList<>();
  private final int[] ids = new int[64];
  private @Nullable FaultPlan plan;
  private @Nullable TestDriver driver;

  @AfterEach
  void close() {
    if (plan != null) {
      plan.close();
    }
    if (driver != null) {
      driver.close();
    }
    Set<String> left = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("fault-f")) {
        left.add(thread.getName());
      }
    }
    assertEquals(Set.of(), left, "threads are left");
  }

  private FaultyEndpoint endpoint(String... keysAndValues) throws EndpointException {
    Map<String, String> properties = new HashMap<>(Map.of("name", "f"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      properties.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    FaultPlan made =
        new FaultPlan(
            FaultSettings.of(properties),
            new ServiceDeeds() {
              @Override
              public void takeName() {
                deeds.add("takeName");
              }

              @Override
              public void unregister() {
                deeds.add("unregister");
              }

              @Override
              public void registerMany() {
                deeds.add("registerMany");
              }
            });
    plan = made;
    return new FaultyEndpoint(new LoopbackEndpoint(), made);
  }

  private static FaultPlan sound() throws EndpointException {
    return new FaultPlan(FaultSettings.of(Map.of("name", "sound")), new NoDeeds());
  }

  private Queue open(FaultyEndpoint endpoint) throws EndpointException {
    TestDriver opened = new TestDriver(new ParkingWaitFactory());
    driver = opened;
    return endpoint
        .getQueues(List.of(new QueueConfig(opened, new MacAddress(2), 1500)), null)
        .getFirst();
  }

  private TxBatch batch(int packets) {
    TxBatch batch = new TxBatch(64, 64);
    for (int i = 0; i < packets; i++) {
      assertTrue(batch.addPacket(100 + i, 1, 0, 60, memory.allocate(60), 60));
    }
    return batch;
  }

  private int post(Queue queue, int... posted) {
    for (int id : posted) {
      buffers.post(id);
    }
    return lent(() -> queue.rxAvail(buffers, posted, posted.length));
  }

  private interface Answer {
    int get();
  }

  private int lent(Answer call) {
    buffers.enter();
    try {
      return call.get();
    } finally {
      buffers.leave();
    }
  }

  /** Calls a method once, as a frontend may. */
  private void call(FaultyEndpoint endpoint, Queue queue, Call call) throws Exception {
    switch (call) {
      case ACTIVATE -> throw new AssertionError("not a method");
      case ENDPOINT_TYPE -> assertEquals("fault", endpoint.endpointType());
      case GET_QUEUES -> open(endpoint).close();
      case STOP -> endpoint.stop();
      case IS_ORDERED -> assertTrue(endpoint.isOrdered());
      case TX_OFFLOAD_SUPPORT -> assertNotNull(endpoint.txOffloadSupport());
      case CARRIES_VLAN -> assertTrue(endpoint.carriesVlan());
      case MULTI_QUEUE_SUPPORT -> assertNotNull(endpoint.multiQueueSupport());
      case TX_FAST_COMPLETIONS -> assertFalse(endpoint.txFastCompletions());
      case LINK_SPEED -> assertTrue(endpoint.linkSpeed() > 0);
      case SET_DATA_PATH_TO_GUEST_VF -> unsupported(() -> endpoint.setDataPathToGuestVf(true));
      case GET_DATA_PATH_TO_GUEST_VF -> unsupported(endpoint::getDataPathToGuestVf);
      case WAIT_FOR_ENDPOINT_ACTION -> {
        Thread.currentThread().interrupt();
        try {
          throw new AssertionError("there is no action: " + endpoint.waitForEndpointAction());
        } catch (InterruptedException e) {
          // As it should be.
        }
      }
      case INSPECT -> endpoint.inspect(new InspectNode());
      case UPDATE_TARGET_VP -> queue.updateTargetVp(1);
      case POLL_READY -> lent(() -> queue.pollReady(buffers) ? 1 : 0);
      case RX_AVAIL -> assertEquals(0, lent(() -> queue.rxAvail(buffers, ids, 0)));
      case RX_POLL -> assertEquals(0, lent(() -> queue.rxPoll(buffers, ids, 8)));
      case TX_AVAIL ->
          assertFalse(TxResult.isFailure(lent(() -> queue.txAvail(buffers, batch(1)))));
      case TX_POLL -> assertTrue(lent(() -> queue.txPoll(buffers, ids, 8)) >= 0);
      case STATISTICS -> assertNotNull(queue.statistics());
      case FAILURE -> assertEquals(null, queue.failure());
      case CLOSE -> queue.close();
    }
  }

  private interface Attempt {
    void run() throws Exception;
  }

  private static void unsupported(Attempt attempt) throws Exception {
    try {
      attempt.run();
    } catch (EndpointException e) {
      return; // as the loopback behind has none
    }
    throw new AssertionError("it was supported");
  }

  @ParameterizedTest
  @EnumSource(value = Call.class, mode = EnumSource.Mode.EXCLUDE, names = "ACTIVATE")
  void itThrowsInEachMethodAfterSoManyCalls(Call call) throws Exception {
    FaultyEndpoint endpoint = endpoint("fault", "throw-exception", "in", call.text(), "after", "2");
    // With the stop the queues are of another endpoint, as one with open queues refuses it.
    Queue queue =
        open(
            call == Call.GET_QUEUES || call == Call.STOP
                ? new FaultyEndpoint(new LoopbackEndpoint(), sound())
                : endpoint);
    for (int i = 0; i < 2; i++) {
      call(endpoint, queue, call);
    }
    IllegalStateException thrown =
        assertThrows(IllegalStateException.class, () -> call(endpoint, queue, call));
    assertEquals("made by endpoint f in " + call.text(), thrown.getMessage());
    boolean unused = Thread.interrupted();
  }

  @ParameterizedTest
  @CsvSource({
    "throw-stack-overflow, java.lang.StackOverflowError",
    "throw-linkage, java.lang.LinkageError",
    "throw-out-of-memory, java.lang.OutOfMemoryError"
  })
  void itThrowsErrors(String fault, Class<? extends Throwable> type) throws Exception {
    FaultyEndpoint endpoint = endpoint("fault", fault, "in", "linkSpeed");
    assertInstanceOf(type, assertThrows(Throwable.class, endpoint::linkSpeed));
  }

  @ParameterizedTest
  @CsvSource({
    "count-too-many, rxAvail, 1",
    "count-too-many, rxPoll, 9",
    "count-too-many, txPoll, 9",
    "count-too-many, txAvail, 5",
    "count-negative, rxAvail, -77",
    "count-negative, rxPoll, -77",
    "count-negative, txPoll, -77",
    "count-negative, txAvail, -77"
  })
  void itMiscounts(String fault, String in, int answer) throws Exception {
    Queue queue = open(endpoint("fault", fault, "in", in));
    int answered =
        switch (in) {
          case "rxAvail" -> post(queue, 1);
          case "rxPoll" -> lent(() -> queue.rxPoll(buffers, ids, 8));
          case "txPoll" -> lent(() -> queue.txPoll(buffers, ids, 8));
          default -> lent(() -> queue.txAvail(buffers, batch(1)));
        };
    assertEquals(answer, answered);
    queue.close();
  }

  @Test
  void itGivesAnIdTwice() throws Exception {
    Queue queue = open(endpoint("fault", "id-twice", "in", "rxPoll"));
    post(queue, 7, 8);
    lent(() -> queue.txAvail(buffers, batch(1)));
    assertEquals(2, lent(() -> queue.rxPoll(buffers, ids, 8)));
    assertEquals(List.of(7, 7), List.of(ids[0], ids[1]));
    queue.close();
  }

  @Test
  void itGivesACompletionTwiceOrNever() throws Exception {
    Queue queue = open(endpoint("fault", "id-twice", "in", "txPoll"));
    post(queue, 7, 8);
    assertEquals(TxResult.pending(1), lent(() -> queue.txAvail(buffers, batch(1))));
    assertEquals(2, lent(() -> queue.txPoll(buffers, ids, 8)));
    assertEquals(List.of(100, 100), List.of(ids[0], ids[1]));
    queue.close();
    Queue other = open(endpoint("fault", "id-never"));
    buffers.post(1);
    lent(() -> other.rxAvail(buffers, new int[] {1}, 1));
    assertEquals(TxResult.pending(1), lent(() -> other.txAvail(buffers, batch(1))));
    assertEquals(0, lent(() -> other.txPoll(buffers, ids, 8)));
    other.close();
  }

  @Test
  void itGivesAnIdThatItNeverGot() throws Exception {
    Queue queue = open(endpoint("fault", "id-unknown"));
    post(queue, 7, 8);
    lent(() -> queue.txAvail(buffers, batch(1)));
    assertEquals(2, lent(() -> queue.rxPoll(buffers, ids, 8)));
    assertEquals(WrongIds.NEVER_GIVEN, ids[1]);
    queue.close();
  }

  @ParameterizedTest
  @CsvSource({"buffer-after-close", "buffer-other-thread"})
  void itMisusesBuffers(String fault) throws Exception {
    FaultyEndpoint endpoint = endpoint("fault", fault);
    Queue queue = open(endpoint);
    post(queue, 7, 8);
    lent(() -> queue.txAvail(buffers, batch(1)));
    assertEquals(1, lent(() -> queue.rxPoll(buffers, ids, 8)));
    buffers.takeBackAll();
    queue.close();
    buffers.queueClosed();
    buffers.awaitViolation(Duration.ofSeconds(2));
    assertFalse(buffers.violations().isEmpty(), "nobody saw it");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (counted(endpoint, "misuses") < 50 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
    assertEquals(50, counted(endpoint, "misuses"));
    assertTrue(counted(endpoint, "misuses-refused") > 0, "nobody refused it");
  }

  private static long counted(FaultyEndpoint endpoint, String key) {
    InspectNode node = new InspectNode();
    endpoint.inspect(node);
    return node.render()
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith(key + ": "))
        .mapToLong(line -> Long.parseLong(line.substring(key.length() + 2)))
        .sum();
  }

  @Test
  void itFillsABufferPastItsCapacity() throws Exception {
    FaultyEndpoint endpoint = endpoint("fault", "buffer-past-capacity");
    Queue queue = open(endpoint);
    post(queue, 7, 8);
    lent(() -> queue.txAvail(buffers, batch(1)));
    List<String> refusals = new ArrayList<>();
    BufferAccess watched =
        (BufferAccess)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {BufferAccess.class},
                (proxy, method, arguments) -> {
                  Object answer = method.invoke(buffers, arguments);
                  refusals.add(method.getName() + " " + answer);
                  return answer;
                });
    assertEquals(1, lent(() -> queue.rxPoll(watched, ids, 8)));
    assertEquals(List.of("capacity 2048", "writeData -1", "writeMetadata -1"), refusals);
    queue.close();
  }

  @Test
  void itWritesToABufferThatItGaveBack() throws Exception {
    Queue queue = open(endpoint("fault", "buffer-after-return"));
    post(queue, 7, 8);
    lent(() -> queue.txAvail(buffers, batch(1)));
    assertEquals(1, lent(() -> queue.rxPoll(buffers, ids, 8)));
    assertNotNull(buffers.take(7));
    assertTrue(buffers.violations().isEmpty());
    lent(() -> queue.txAvail(buffers, batch(1)));
    assertEquals(1, buffers.refused());
    queue.close();
  }

  @Test
  void itBlocksAndIgnoresInterruptsUntilItsFileIsThere(@TempDir Path folder) throws Exception {
    Path release = folder.resolve("go");
    FaultyEndpoint endpoint =
        endpoint("fault", "block", "in", "linkSpeed", "release", release.toString());
    Thread blocked = Thread.ofPlatform().start(endpoint::linkSpeed);
    blocked.interrupt();
    assertFalse(blocked.join(Duration.ofMillis(100)), "an interrupt ended it");
    Files.createFile(release);
    assertTrue(blocked.join(Duration.ofSeconds(10)), "it still blocks");
  }

  @Test
  void itBlocksInTheKernelUntilItsConfigurationEnds() throws Exception {
    Queue queue = open(endpoint("fault", "block-native"));
    post(queue, 7, 8);
    int descriptors = descriptors();
    Thread blocked = Thread.ofPlatform().start(() -> lent(() -> queue.txAvail(buffers, batch(1))));
    blocked.interrupt();
    assertFalse(blocked.join(Duration.ofMillis(100)), "an interrupt ended it");
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (descriptors() < descriptors + 2 && System.nanoTime() < deadline) {
      Thread.onSpinWait(); // the pipe is made after classes were loaded
    }
    assertEquals(descriptors + 2, descriptors());
    Objects.requireNonNull(plan).close();
    assertTrue(blocked.join(Duration.ofSeconds(10)), "it still blocks");
    assertEquals(descriptors, descriptors());
    queue.close();
  }

  private static int descriptors() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  @Test
  void itLeaksUntilItsConfigurationEnds() throws Exception {
    int before = descriptors();
    FaultyEndpoint endpoint = endpoint("fault", "leak", "threads", "3", "descriptors", "4");
    open(endpoint).close();
    endpoint.stop();
    assertEquals(before + 4, descriptors());
    assertEquals(
        3,
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("fault-f leak"))
            .count());
    Objects.requireNonNull(plan).close();
    assertEquals(before, descriptors());
  }

  @Test
  void itWakesWithoutPause() throws Exception {
    Queue queue = open(endpoint("fault", "wake-storm"));
    TestDriver woken = Objects.requireNonNull(driver);
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (woken.wakes() < 1000 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertTrue(woken.wakes() >= 1000);
    queue.close();
    Objects.requireNonNull(plan).close();
  }

  @Test
  void itActsOnTheServiceRegistry() throws Exception {
    endpoint("fault", "unregister", "in", "stop").stop();
    endpoint("fault", "register-many", "in", "stop").stop();
    endpoint("fault", "take-name", "takes", "x", "in", "stop").stop();
    assertEquals(List.of("unregister", "registerMany", "takeName"), deeds);
  }

  @Test
  void anInspectionTellsWhatHappened() throws Exception {
    FaultyEndpoint endpoint = endpoint("fault", "leak", "in", "stop", "threads", "0");
    endpoint.stop();
    InspectNode node = new InspectNode();
    endpoint.inspect(node);
    String text = node.render();
    assertTrue(text.startsWith("type: fault\nfault: leak\nin: stop\nafter: 0\ncalls: 1"), text);
    assertTrue(text.contains("happened: 1"), text);
  }
}
