package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.StuckThread;
import org.patchbay.conformance.ContractLine;

/**
 * Control calls that never return and ignore interrupts, of backends whose calls returned before.
 */
@Timeout(60)
class BlockingCallsTest extends NicFixture {

  private final CountDownLatch release = new CountDownLatch(1);
  private final CallThreads threads = new CallThreads();
  private final StuckThreads kept = new StuckThreads();

  @Override
  NicSettings settings() {
    return new NicSettings("nic0", null, "(patchbay.endpoint.name=spare)", false, false, false);
  }

  @AfterEach
  void release() {
    release.countDown();
    threads.close();
  }

  private void block() {
    while (release.getCount() != 0) {
      LockSupport.parkNanos(1_000_000);
      Thread.interrupted();
    }
  }

  /** Blocks from the n-th call of a method on. */
  private TestEndpoint.Hook blocksIn(String method, int from) {
    AtomicInteger calls = new AtomicInteger();
    return at -> {
      if (at.equals(method) && calls.incrementAndGet() >= from) {
        block();
      }
    };
  }

  private List<StuckThread> stuck() {
    return felix.service.stuckThreads();
  }

  private String inspectNic() {
    InspectNode node = new InspectNode();
    control.inspect(node);
    return node.render();
  }

  private boolean isUsed(String endpoint) {
    return felix.service.endpoints().stream()
        .anyMatch(info -> info.name().equals(endpoint) && !info.usedBy().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"getQueues", "stop", "close", "isOrdered"})
  @ContractLine({"E21", "D16"})
  void aBackendThatWasGoodForLongIsGivenUpLikeAnyOther(String call) throws Exception {
    TestEndpoint stuck = new TestEndpoint("stuck");
    felix.register(new TestEndpoint("spare"));
    felix.register(stuck);
    FelixFixture.Running neighbour = felix.nic("nic1");
    Waiting.swap(control.plug("stuck"));
    for (int i = 0; i < 3; i++) { // nobody may trust it more for this
      Waiting.swap(control.plug("spare"));
      Waiting.swap(control.plug("stuck"));
    }
    stuck.hook = blocksIn(call, 1);
    long began = System.nanoTime();
    if (call.equals("isOrdered")) {
      Waiting.failure(control.plug("stuck"));
    } else {
      if (call.equals("getQueues")) {
        stuck.actions.add(new EndpointAction.RestartRequired());
      } else {
        control.plug("spare");
      }
      Waiting.until(
          "the substitute is there", () -> control.current().equals(Optional.of("spare")));
    }
    long seen = nic.engine().transmitted.get();
    Waiting.until("traffic flows", () -> nic.engine().transmitted.get() > seen + 100);
    long dark = System.nanoTime() - began;
    assertTrue(dark < TimeUnit.MILLISECONDS.toNanos(2500), dark / 1_000_000 + " ms");
    long next = neighbour.engine().transmitted.get();
    Waiting.until("the neighbour goes on", () -> neighbour.engine().transmitted.get() > next + 100);
    Waiting.until("the thread is named", () -> !stuck().isEmpty());
    StuckThread thread = stuck().getFirst();
    assertEquals("stuck", thread.endpoint());
    assertEquals(call.equals("isOrdered") ? "capability call" : call, thread.call());
    assertEquals("nic0", thread.holder());
    assertTrue(thread.at().contains("BlockingCallsTest.block"), thread.at());
    assertTrue(inspectNic().contains("stuck-thread: patchbay-call-"), inspectNic());
    if (call.equals("isOrdered")) {
      assertEquals(Optional.of("stuck"), control.current()); // where it was plugged before
      Waiting.swap(control.plug("spare"));
    }
    // Nobody gets it while it is stuck, not even the NIC that had it.
    assertEquals(EndpointError.CLAIMED, Waiting.failure(control.plug("stuck")).error());
    release.countDown();
    Waiting.until("no thread is stuck", () -> stuck().isEmpty());
    Waiting.until("it was given back", () -> !isUsed("stuck"));
    assertFalse(inspectNic().contains("stuck-thread"), inspectNic());
    stuck.hook = null;
    assertTrue(stuck.queues.stream().allMatch(queue -> queue.closed));
    Waiting.swap(control.plug("stuck"));
    traffic();
  }

  /** A plug of an endpoint, without a NIC. */
  private FacadeEndpoint plug(TestEndpoint endpoint) throws Exception {
    Lease lease = new ObjectLease(endpoint.name, endpoint);
    FacadeEndpoint plug =
        new FacadeEndpoint(
            lease, new VendorCall(lease, "nic0", threads, kept), new SilentLog(), why -> {});
    plug.ask();
    assertTrue(plug.adopt());
    return plug;
  }

  private static List<Queue> open(FacadeEndpoint plug, int queues) throws Exception {
    return plug.open(Collections.nCopies(queues, MiniEngine.config()), null);
  }

  @Test
  void theLastCloseOfADepartingPlugStopsItWithoutAnotherHandOver() throws Exception {
    TestEndpoint endpoint = new TestEndpoint("old");
    FacadeEndpoint plug = plug(endpoint);
    open(plug, 2).forEach(Queue::close);
    assertEquals(List.of("open", "close", "close"), endpoint.log); // it may stay
    plug.rest();
    assertEquals(1, endpoint.stops.get());
    assertTrue(plug.revive());
    List<Queue> queues = open(plug, 2);
    endpoint.log.clear();
    plug.depart();
    queues.getFirst().close();
    assertEquals(List.of("close"), endpoint.log);
    queues.getLast().close();
    assertEquals(List.of("close", "close", "stop"), endpoint.log);
    plug.rest();
    plug.retire();
    assertEquals(2, endpoint.stops.get());
    assertFalse(plug.isAbandoned());
  }

  @Test
  @ContractLine("E21")
  void aCloseAndTheStopAfterItHaveASecondEach() throws Exception {
    TestEndpoint endpoint = new TestEndpoint("old");
    FacadeEndpoint plug = plug(endpoint);
    Queue queue = open(plug, 1).getFirst();
    endpoint.hook = at -> Thread.sleep(700);
    plug.depart();
    queue.close();
    assertEquals(List.of("open", "close", "stop"), endpoint.log); // neither was interrupted
  }

  @Test
  @ContractLine("E21")
  void manyQueuesWhoseCloseIsSlowCostNoMoreThanTwo() throws Exception {
    TestEndpoint slow = new TestEndpoint("slow");
    FacadeEndpoint plug = plug(slow);
    open(plug, 4);
    slow.hook =
        at -> {
          if (at.equals("close")) {
            Thread.sleep(60_000);
          }
        };
    long began = System.nanoTime();
    plug.rest();
    long took = System.nanoTime() - began;
    assertTrue(took < TimeUnit.MILLISECONDS.toNanos(2500), took / 1_000_000 + " ms");
    assertTrue(plug.isAbandoned());
    slow.hook = null;
    assertTrue(plug.recover());
    assertEquals(2, slow.queues.stream().filter(queue -> queue.closed).count());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @ContractLine("E21")
  void oneSlowCloseIsBorneAndTheStopFollows(boolean departing) throws Exception {
    TestEndpoint slow = new TestEndpoint("slow");
    FacadeEndpoint plug = plug(slow);
    open(plug, 1);
    slow.hook =
        at -> {
          if (at.equals("close")) {
            sleepUntilInterrupted();
          }
        };
    if (departing) {
      plug.depart();
    }
    plug.rest();
    assertEquals(List.of("open", "close", "stop"), slow.log);
    assertFalse(plug.isAbandoned());
  }

  private static void sleepUntilInterrupted() {
    try {
      Thread.sleep(60_000);
    } catch (InterruptedException e) {
      // It heeds the interrupt, and goes on.
    }
  }

  @Test
  @ContractLine("D16")
  void manyQueuesThatAreStuckCostNoMoreThanOne() throws Exception {
    TestEndpoint stuck = new TestEndpoint("stuck");
    stuck.multiQueue = new MultiQueueSupport(8, 0);
    FacadeEndpoint plug = plug(stuck);
    List<Queue> queues = open(plug, 8);
    AtomicInteger inside = new AtomicInteger();
    stuck.hook =
        at -> {
          if (at.equals("rxPoll")) {
            inside.incrementAndGet();
            block();
          }
        };
    List<Integer> answers = new CopyOnWriteArrayList<>();
    for (Queue queue : queues) {
      Thread.ofPlatform()
          .daemon()
          .start(() -> answers.add(queue.rxPoll(new TestBuffers(), new int[8], 8)));
    }
    Waiting.until("all are inside", () -> inside.get() == 8);
    long began = System.nanoTime();
    queues.forEach(Queue::close);
    plug.rest();
    long took = System.nanoTime() - began;
    assertTrue(took < TimeUnit.MILLISECONDS.toNanos(1500), took / 1_000_000 + " ms");
    assertTrue(plug.isAbandoned());
    assertFalse(plug.recover());
    assertEquals(List.of("open"), stuck.log);
    assertEquals(
        Collections.nCopies(8, "rxPoll"), kept.all().stream().map(StuckThread::call).toList());
    release.countDown();
    Waiting.until("it came free", plug::recover);
    assertEquals(8, stuck.queues.stream().filter(queue -> queue.closed).count());
    assertEquals(1, stuck.stops.get());
    Waiting.until("all are gone", () -> answers.equals(Collections.nCopies(8, Queue.GONE)));
    assertEquals(List.of(), kept.all());
  }

  @Test
  @ContractLine({"D16", "D17"})
  void aBundleIsPassedOverForThreadsThatItsQueuesKeep() throws Exception {
    BundleContext vendor = felix.bundle("org.example.bad").getBundleContext();
    for (int i = 1; i <= 2; i++) {
      TestEndpoint stuck = new TestEndpoint("stuck");
      CountDownLatch inside = new CountDownLatch(1);
      stuck.hook =
          at -> {
            if (at.equals("rxPoll")) {
              inside.countDown();
              block();
            }
          };
      ServiceRegistration<Endpoint> registration = felix.register(vendor, stuck, 0);
      if (i == 1) {
        Waiting.swap(control.plug("stuck"));
      }
      // The NIC takes the second one by itself, as it wants that name back.
      Waiting.until("it is plugged and blocks", () -> inside.getCount() == 0);
      registration.unregister(); // which gives the object back, but not the thread
      int kept = i;
      Waiting.until("the thread is named", () -> stuck().size() == kept);
      Waiting.until("the NIC goes on", () -> control.current().isEmpty());
    }
    StuckThread thread = stuck().getFirst();
    assertEquals("rxPoll", thread.call());
    assertEquals("stuck", thread.endpoint());
    assertEquals("nic0", thread.holder());
    assertTrue(thread.at().contains("BlockingCallsTest.block"), thread.at());
    assertFalse(inspectNic().contains("stuck-thread"), inspectNic()); // the engine shows these
    ServiceRegistration<Endpoint> spare = felix.register(vendor, new TestEndpoint("spare"), 0);
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
    assertEquals(Optional.empty(), control.current());
    spare.unregister();
    felix.register(new TestEndpoint("spare"));
    Waiting.until("another's is taken", () -> control.current().equals(Optional.of("spare")));
    release.countDown();
    Waiting.until("no thread is stuck", () -> stuck().isEmpty());
    traffic();
  }

  @ParameterizedTest
  @ValueSource(strings = {"wait", "inspect"})
  @ContractLine({"E21", "D16"})
  void aWaitOrInspectionThatNeverEndsIsNamed(String call) throws Exception {
    TestEndpoint stuck = new TestEndpoint("stuck");
    felix.register(new TestEndpoint("spare"));
    stuck.hook = blocksIn(call, 1);
    felix.register(stuck);
    Waiting.swap(control.plug("stuck"));
    traffic();
    if (call.equals("wait")) {
      Waiting.until("it waits", () -> stuck.waits.get() == 1);
    } else {
      for (int i = 0; i < 3; i++) {
        InspectNode node = new InspectNode();
        control.inspectEndpoint(node);
        assertTrue(node.render().contains("answer"), node.render());
      }
      assertEquals(1, stuck().size()); // the later ones waited for the first
    }
    Waiting.swap(control.plug("spare"));
    traffic();
    Waiting.until("it is named", () -> !stuck().isEmpty());
    assertEquals(
        call.equals("wait") ? "waitForEndpointAction" : "inspect", stuck().getFirst().call());
    Waiting.until("abandoned", () -> inspectNic().contains("was abandoned"));
    release.countDown();
    Waiting.until("no thread is stuck", () -> stuck().isEmpty());
    Waiting.until("it was given back", () -> !isUsed("stuck"));
  }

  @Test
  @ContractLine("D17")
  void anActivationThatBlocksHoldsNobody() throws Exception {
    TestEndpoint late = new TestEndpoint("late");
    ServiceRegistration<?> registration =
        felix.context.registerService(
            Endpoint.class.getName(),
            new ServiceFactory<Endpoint>() {
              @Override
              public Endpoint getService(
                  Bundle bundle, ServiceRegistration<Endpoint> registration) {
                block();
                return late;
              }

              @Override
              public void ungetService(
                  Bundle bundle, ServiceRegistration<Endpoint> registration, Endpoint service) {
                late.log.add("unget");
              }
            },
            FelixFixture.properties("late", 0));
    long began = System.nanoTime();
    EndpointException refused = Waiting.failure(control.plug("late"));
    long took = System.nanoTime() - began;
    assertEquals(EndpointError.BACKEND_FAILED, refused.error());
    assertTrue(refused.getMessage().contains("activation does not return"), refused.getMessage());
    assertTrue(took < TimeUnit.SECONDS.toNanos(7), took / 1_000_000 + " ms");
    assertEquals("getService", stuck().getFirst().call());
    assertEquals(EndpointError.CLAIMED, Waiting.failure(control.plug("late")).error());
    traffic();
    release.countDown();
    Waiting.until("given back", () -> late.log.equals(List.of("unget")) && !isUsed("late"));
    assertEquals(List.of(), stuck());
    assertEquals(null, registration.getReference().getUsingBundles());
  }

  @Test
  @ContractLine("D16")
  void aStuckEndpointThatLeavesLeavesNothingBehind() throws Exception {
    felix.register(new TestEndpoint("spare"));
    TestEndpoint stuck = new TestEndpoint("stuck");
    ServiceRegistration<Endpoint> registration = felix.register(stuck);
    Waiting.swap(control.plug("stuck"));
    stuck.hook = blocksIn("stop", 1);
    Waiting.swap(control.plug("spare"));
    assertEquals(1, stuck().size());
    registration.unregister();
    TestEndpoint second = new TestEndpoint("stuck");
    felix.register(second);
    Waiting.swap(control.plug("stuck"));
    traffic();
    release.countDown();
    Waiting.until("no thread is stuck", () -> stuck().isEmpty());
    assertEquals(1, stuck.stops.get());
  }

  @Test
  void threadsOfCallsThatReturnAreKeptAndEndedWithTheBundle() throws Exception {
    felix.register(new TestEndpoint("spare"));
    felix.register(new TestEndpoint("other"));
    Set<Thread> others = callThreads();
    for (int i = 0; i < 20; i++) {
      Waiting.swap(control.plug(i % 2 == 0 ? "spare" : "other"));
    }
    Set<Thread> ours = callThreads();
    ours.removeAll(others);
    assertTrue(ours.size() <= 3, ours.size() + " threads for 20 swaps");
    felix.service.deactivate();
    Waiting.until("they end", () -> ours.stream().noneMatch(Thread::isAlive));
  }

  private static Set<Thread> callThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("patchbay-call-"))
        .collect(Collectors.toSet());
  }
}
