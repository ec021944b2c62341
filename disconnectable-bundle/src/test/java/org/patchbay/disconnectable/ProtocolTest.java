package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.RestartReport;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;

/** The coordinator's protocol step by step, with the test's thread as the coordinator. */
@Timeout(30)
@DisplayNameGeneration(ContractLineNames.class)
class ProtocolTest {

  /** No services: these tests connect objects. */
  private static final EndpointSource NOTHING =
      new EndpointSource() {
        @Override
        public Lease lease(String endpoint, Holder holder) throws EndpointException {
          throw new EndpointException(EndpointError.NO_SUCH_ENDPOINT, endpoint);
        }

        @Override
        public boolean isPresent(long serviceId) {
          return false;
        }

        @Override
        public @Nullable Match named(String endpoint) {
          return null;
        }

        @Override
        public List<Match> matches(String filter) {
          return List.of();
        }
      };

  private final SilentLog log = new SilentLog();
  private final Errands errands = new Errands(log);
  private final List<SwapRecord> published = new CopyOnWriteArrayList<>();
  private NicDisconnectable nic = create(NicSettings.of("nic0"));
  private DisconnectableEndpoint endpoint = nic.endpoint();
  private List<Queue> live = List.of();
  private final TestEndpoint first = new TestEndpoint("first");
  private final TestEndpoint second = new TestEndpoint("second");

  private NicDisconnectable create(NicSettings settings) {
    return new NicDisconnectable(
        settings, NOTHING, new VendorThreads(), errands, log, published::add, closed -> {});
  }

  private void use(NicSettings settings) {
    nic = create(settings);
    endpoint = nic.endpoint();
  }

  @AfterEach
  void end() {
    nic.close();
    errands.close();
  }

  private List<Queue> open() throws EndpointException {
    live = endpoint.getQueues(List.of(MiniEngine.config()), null);
    return live;
  }

  private void restart() throws Exception {
    open();
    endpoint.restarted(new RestartReport(1, 2, 3, () -> 4));
  }

  private void connect(TestEndpoint target) throws Exception {
    CompletionStage<Swap> stage = nic.connect(target.name, target);
    assertInstanceOf(EndpointAction.RestartRequired.class, endpoint.awaitAction(-1));
    restart();
    assertNull(endpoint.awaitAction(0));
    Waiting.swap(stage);
  }

  @Test
  @ContractLine({"D1", "D2"})
  void beforeTheFirstPlugQueuesWorkAndCapabilitiesAreUnknown() throws Exception {
    assertEquals("null", endpoint.endpointType());
    assertTrue(endpoint.isFallback());
    List<Queue> queues = open();
    TxBatch batch = new TxBatch(4, 4);
    batch.addPacket(7, 1, 0, 64, 0, 64);
    assertEquals(TxResult.complete(1), queues.getFirst().txAvail(new TestBuffers(), batch));
    for (Runnable question :
        List.<Runnable>of(
            endpoint::isOrdered,
            endpoint::txOffloadSupport,
            endpoint::carriesVlan,
            endpoint::multiQueueSupport,
            endpoint::txFastCompletions,
            endpoint::linkSpeed)) {
      IllegalStateException e = assertThrows(IllegalStateException.class, question::run);
      assertTrue(
          String.valueOf(e.getMessage()).startsWith(EndpointError.NEVER_CONNECTED.sentence()));
    }
    queues.forEach(Queue::close);
  }

  @Test
  @ContractLine("D3")
  void connectTakesEffectAtTheNextWaitWhichCachesTheCapabilities() throws Exception {
    CompletionStage<Swap> stage = nic.connect("first", first);
    assertTrue(endpoint.isFallback());
    assertEquals(0, endpoint.generation());
    assertThrows(IllegalStateException.class, endpoint::isOrdered);
    first.speed = 5_000; // asked at the wait
    assertInstanceOf(EndpointAction.RestartRequired.class, endpoint.awaitAction(-1));
    assertEquals(1, endpoint.generation());
    assertFalse(endpoint.isFallback());
    assertEquals("test", endpoint.endpointType());
    assertEquals(5_000, endpoint.linkSpeed());
    assertTrue(endpoint.isOrdered());
    first.speed = 6_000;
    assertEquals(5_000, endpoint.linkSpeed());
    restart();
    assertFalse(stage.toCompletableFuture().isDone());
    assertNull(endpoint.awaitAction(0));
    SwapRecord swap = Waiting.swap(stage).record();
    assertEquals(1, swap.buffersReturned());
    assertEquals(2, swap.framesLost());
    assertEquals(3, swap.switchNanos());
    assertEquals(4, nic.records().getLast().blackoutNanos());
    Waiting.until("the transition is published", () -> published.equals(List.of(swap)));
  }

  @Test
  @ContractLine("D4")
  void disconnectCompletesAtTheWaitAfterWithTheOldOneStopped() throws Exception {
    connect(first);
    CompletionStage<Swap> stage = nic.unplug();
    assertInstanceOf(EndpointAction.RestartRequired.class, endpoint.awaitAction(-1));
    assertTrue(endpoint.isFallback());
    assertFalse(stage.toCompletableFuture().isDone());
    assertEquals(List.of("open"), first.log);
    restart();
    assertEquals(List.of("open", "close", "stop"), first.log);
    assertFalse(stage.toCompletableFuture().isDone());
    assertNull(endpoint.awaitAction(0));
    assertEquals(first, Waiting.swap(stage).released());
    assertEquals(1_000, endpoint.linkSpeed());
    assertEquals("null", endpoint.endpointType());
  }

  @Test
  void theOldOneIsStoppedBeforeTheNewOneOpens() throws Exception {
    connect(first);
    nic.connect("second", second);
    endpoint.awaitAction(-1);
    second.hook =
        call -> {
          if (call.equals("getQueues")) {
            first.log.add("second opens");
          }
        };
    restart();
    assertEquals(List.of("open", "close", "stop", "second opens"), first.log);
  }

  @Test
  void aSwapOfAnEngineThatOpensNoQueuesCompletesToo() throws Exception {
    CompletionStage<Swap> one = nic.connect("first", first);
    CompletionStage<Swap> two = nic.connect("second", second);
    assertNotNull(endpoint.awaitAction(-1));
    assertNotNull(endpoint.awaitAction(-1));
    Waiting.swap(one);
    assertNull(endpoint.awaitAction(0));
    assertEquals(first, Waiting.swap(two).released());
    assertEquals(1, first.stops.get());
    assertEquals(0, first.opens.get());
  }

  @Test
  @ContractLine("D7")
  void stopReachesTheCurrentEndpointAndQueuesMayFollow() throws Exception {
    endpoint.stop(); // before the first getQueues: nothing
    connect(first);
    assertThrows(IllegalStateException.class, endpoint::stop);
    assertEquals(EndpointError.BUSY, assertThrows(EndpointException.class, this::open).error());
    live.forEach(Queue::close);
    endpoint.stop();
    endpoint.stop();
    assertEquals(1, first.stops.get());
    open();
    assertEquals(2, first.opens.get());
    live.forEach(Queue::close);
    endpoint.stop();
    assertEquals(List.of("open", "close", "stop", "open", "close", "stop"), first.log);
  }

  @Test
  void moreQueuesThanThereAreIsRefused() throws Exception {
    first.multiQueue = new MultiQueueSupport(2, 0);
    nic.connect("first", first);
    endpoint.awaitAction(-1);
    QueueConfig config = MiniEngine.config();
    EndpointException refused =
        assertThrows(
            EndpointException.class,
            () -> endpoint.getQueues(List.of(config, config, config), null));
    assertEquals(EndpointError.TOO_MANY_QUEUES, refused.error());
    assertEquals(2, endpoint.getQueues(List.of(config, config), null).size());
    assertEquals(1, first.opens.get());
  }

  @Test
  void theEnginesOwnRestartHasARecord() throws Exception {
    connect(first);
    long generation = endpoint.generation();
    live.forEach(Queue::close);
    restart();
    assertNull(endpoint.awaitAction(0));
    SwapRecord restarted = nic.records().getLast();
    assertEquals(SwapReason.RESTARTED, restarted.reason());
    assertEquals("first", restarted.from());
    assertEquals("first", restarted.to());
    assertEquals(generation, endpoint.generation());
    assertEquals(0, first.stops.get());
  }

  @Test
  @ContractLine("D8")
  void anEndpointsRestartActionPassesThroughAndItsCapabilitiesAreReadAgain() throws Exception {
    connect(first);
    first.speed = 9_000;
    first.actions.add(new EndpointAction.RestartRequired());
    assertInstanceOf(EndpointAction.RestartRequired.class, endpoint.awaitAction(-1));
    assertEquals(9_000, endpoint.linkSpeed());
    assertEquals(1, endpoint.generation());
  }

  @Test
  @ContractLine("D8")
  void linkNotificationsAreRecordedAndPassOnlyWithFollowLink() throws Exception {
    connect(first);
    first.actions.add(new EndpointAction.LinkStatusNotify(false));
    Waiting.until(
        "it is recorded",
        () -> {
          try {
            assertNull(endpoint.awaitAction(0));
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          InspectNode node = new InspectNode();
          nic.inspect(node);
          return node.render().contains("backend-link: down");
        });
    nic.close();
    use(new NicSettings("nic1", null, null, false, true, false));
    connect(second);
    second.actions.add(new EndpointAction.LinkStatusNotify(false));
    assertEquals(new EndpointAction.LinkStatusNotify(false), endpoint.awaitAction(-1));
  }

  @Test
  void aLinkThatWasDownComesUpWithTheNextEndpoint() throws Exception {
    use(new NicSettings("nic1", null, null, false, true, false));
    connect(first);
    first.actions.add(new EndpointAction.LinkStatusNotify(false));
    assertEquals(new EndpointAction.LinkStatusNotify(false), endpoint.awaitAction(-1));
    CompletionStage<Swap> stage = nic.connect("second", second);
    assertInstanceOf(EndpointAction.RestartRequired.class, endpoint.awaitAction(-1));
    restart();
    assertEquals(new EndpointAction.LinkStatusNotify(true), endpoint.awaitAction(-1));
    Waiting.swap(stage);
    assertNull(endpoint.awaitAction(0));
  }

  @Test
  void anEndpointThatTheFrontendStoppedNeedsNoCoordinatorToLeave() throws Exception {
    connect(first);
    live.forEach(Queue::close);
    endpoint.stop();
    FacadeEndpoint plug = ((SwappingEndpoint) endpoint).live().current();
    plug.leave();
    assertTrue(plug.awaitRetired(System.nanoTime() + TimeUnit.SECONDS.toNanos(5)));
    assertEquals(1, first.stops.get());
  }

  @Test
  @ContractLine("D10")
  void anActionTakenButNotDeliveredIsKept() throws Exception {
    use(new NicSettings("nic1", null, null, false, true, false));
    connect(first);
    Waiting.until("it is waited for", () -> first.waits.get() == 1);
    first.actions.add(new EndpointAction.LinkStatusNotify(true));
    Waiting.until("it is taken", () -> first.actions.isEmpty());
    endpoint.wakeAwait();
    // Whatever ends a wait, the action comes by this one or the next.
    EndpointAction action = endpoint.awaitAction(-1);
    if (action == null) {
      action = endpoint.awaitAction(-1);
    }
    assertEquals(new EndpointAction.LinkStatusNotify(true), action);
  }

  @Test
  @ContractLine("D10")
  void anInterruptedWaitLosesNothing() throws Exception {
    CompletionStage<Swap> stage = nic.connect("first", first);
    Thread.currentThread().interrupt();
    EndpointAction action = null;
    try {
      action = endpoint.awaitAction(-1);
    } catch (InterruptedException e) {
      action = endpoint.awaitAction(-1);
    }
    assertInstanceOf(EndpointAction.RestartRequired.class, action);
    Thread.interrupted();
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> endpoint.awaitAction(-1));
    Waiting.swap(stage);
  }

  @Test
  @ContractLine("E15")
  void waitForEndpointActionBlocksUntilInterrupted() throws Exception {
    AtomicReference<Throwable> ended = new AtomicReference<>();
    CountDownLatch started = new CountDownLatch(1);
    Thread coordinator =
        Thread.ofPlatform()
            .start(
                () -> {
                  started.countDown();
                  try {
                    endpoint.waitForEndpointAction();
                  } catch (Throwable e) {
                    ended.set(e);
                  }
                });
    started.await();
    endpoint.wakeAwait(); // not an action
    nic.close(); // with the control gone, waiting goes on
    assertFalse(coordinator.join(Duration.ofMillis(100)));
    coordinator.interrupt();
    coordinator.join();
    assertInstanceOf(InterruptedException.class, ended.get());
  }

  @Test
  void timeoutAndWakeUpEndAWait() throws Exception {
    long began = System.nanoTime();
    assertNull(endpoint.awaitAction(TimeUnit.MILLISECONDS.toNanos(20)));
    assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(20));
    endpoint.wakeAwait();
    assertNull(endpoint.awaitAction(-1));
    endpoint.wakeAwait();
    assertNull(endpoint.awaitAction(Long.MAX_VALUE));
  }

  @Test
  void failedUnplugsTheGenerationOnceAndNoOther() throws Exception {
    connect(first);
    endpoint.failed(endpoint.generation() - 1, "an old one");
    assertNull(endpoint.awaitAction(0));
    endpoint.failed(endpoint.generation(), "its ring is broken");
    endpoint.failed(endpoint.generation(), "again");
    assertInstanceOf(EndpointAction.RestartRequired.class, endpoint.awaitAction(-1));
    assertTrue(endpoint.isFallback());
    restart();
    assertNull(endpoint.awaitAction(0));
    SwapRecord swap = nic.records().getLast();
    assertEquals(SwapReason.FAILED, swap.reason());
    assertEquals("its ring is broken", swap.failure());
    Waiting.until("operators are told", () -> !log.errors.isEmpty());
    assertTrue(log.errors.getFirst().contains("its ring is broken"), log.errors.toString());
    assertEquals(List.of("open", "close", "stop"), first.log);
  }

  @Test
  @ContractLine("D7")
  void theDataPathGoesToThePluggedEndpointElseTheFallbackAnswers() throws Exception {
    endpoint.setDataPathToGuestVf(false);
    assertEquals(
        EndpointError.UNSUPPORTED,
        assertThrows(EndpointException.class, () -> endpoint.setDataPathToGuestVf(true)).error());
    assertEquals(
        EndpointError.UNSUPPORTED,
        assertThrows(EndpointException.class, endpoint::getDataPathToGuestVf).error());
    AtomicBoolean used = new AtomicBoolean();
    TestEndpoint paired =
        new TestEndpoint("paired") {
          @Override
          public void setDataPathToGuestVf(boolean useVf) {
            used.set(useVf);
          }

          @Override
          public boolean getDataPathToGuestVf() {
            return used.get();
          }
        };
    connect(paired);
    endpoint.setDataPathToGuestVf(true);
    assertTrue(endpoint.getDataPathToGuestVf());
  }

  @Test
  @ContractLine("D7")
  void inspectionGoesToThePluggedEndpointElseTheFallbackAnswers() throws Exception {
    InspectNode node = new InspectNode();
    endpoint.inspect(node);
    assertTrue(node.render().contains("type: null"), node.render());
    connect(first);
    InspectNode plugged = new InspectNode();
    nic.inspectEndpoint(plugged);
    assertEquals("name: first\n", plugged.render());
  }

  @Test
  void keepsTheLastRecordsOnly() throws Exception {
    for (int i = 0; i < SwapHistory.CAPACITY + 5; i++) {
      nic.unplug();
      endpoint.awaitAction(-1);
    }
    endpoint.awaitAction(0);
    assertEquals(SwapHistory.CAPACITY, nic.records().size());
    assertEquals(SwapHistory.CAPACITY + 5, nic.records().getLast().generation());
  }

  @Test
  @ContractLine("D9")
  void waitingGoesOnWhenTheControlIsGone() throws Exception {
    nic.close();
    // The close may ask for one last restart, then nothing comes any more.
    EndpointAction last = endpoint.awaitAction(0);
    assertTrue(last == null || last instanceof EndpointAction.RestartRequired);
    long start = System.nanoTime();
    assertNull(endpoint.awaitAction(20_000_000));
    assertTrue(System.nanoTime() - start >= 20_000_000, "it did not wait");
    endpoint.wakeAwait();
    assertNull(endpoint.awaitAction(-1));
  }

  @Test
  void closingReleasesThePlugAndEndsWhatWasAsked() throws Exception {
    connect(first);
    live.forEach(Queue::close);
    CompletionStage<Swap> pending = nic.connect("second", second);
    nic.close();
    nic.close();
    assertEquals(EndpointError.CLOSED, Waiting.failure(pending).error());
    assertEquals(List.of("open", "close", "stop"), first.log);
    assertEquals(EndpointError.CLOSED, Waiting.failure(nic.unplug()).error());
    assertEquals(List.of(), second.log);
    Waiting.until("its wait ends", () -> first.waits.get() == 0);
  }
}
