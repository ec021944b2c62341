package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** Backends that throw, block, lie and leak; the NIC survives each. */
@Timeout(60)
class MisbehaviourTest extends NicFixture {

  @Override
  NicSettings settings() {
    return new NicSettings("nic0", null, "(patchbay.endpoint.name=spare)", false, false, false);
  }

  @BeforeEach
  void spare() {
    felix.register(new TestEndpoint("spare"));
  }

  private SwapRecord failed(String from) {
    Waiting.until(
        "a record of the failure",
        () -> {
          SwapRecord last = control.records().getLast();
          return last.reason() == SwapReason.FAILED && last.from().equals(from);
        });
    return control.records().getLast();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rxAvail", "rxPoll", "txAvail", "txPoll", "wait"})
  void oneThatThrowsIsUnpluggedLikeOneThatLeft(String call) throws Exception {
    for (Throwable thrown :
        List.of(new IllegalStateException("out of order"), new NoClassDefFoundError("lost"))) {
      TestEndpoint bad = new TestEndpoint(thrown.getClass().getSimpleName());
      felix.register(bad);
      Waiting.swap(control.plug(bad.name));
      traffic();
      bad.hook =
          at -> {
            if (at.equals(call)) {
              if (thrown instanceof Error error) {
                throw error;
              }
              throw (Exception) thrown;
            }
          };
      if (call.equals("wait")) {
        // The wait that has begun was let through; it ends, and the next one throws.
        bad.actions.add(new EndpointAction.LinkStatusNotify(true));
      }
      Waiting.until("the substitute", () -> control.current().equals(Optional.of("spare")));
      SwapRecord swap = failed(bad.name);
      assertEquals("spare", swap.to());
      assertTrue(String.valueOf(swap.failure()).contains(thrown.toString()), swap.toString());
      traffic();
      assertEquals(List.of("open", "close", "stop"), bad.log);
    }
  }

  @Test
  void aFailedOneIsNotTakenAgainByItself() throws Exception {
    TestEndpoint bad = new TestEndpoint("bad");
    felix.register(bad);
    FelixFixture.Running eager = felix.nic("eager", null, "(patchbay.endpoint.name=bad)", true);
    Waiting.swap(eager.control().plug("bad"));
    bad.hook =
        at -> {
          if (at.equals("rxPoll")) {
            throw new IllegalStateException("broken");
          }
        };
    Waiting.until("the fallback", () -> eager.control().current().isEmpty());
    bad.hook = null;
    felix.register(new TestEndpoint("unrelated"));
    Waiting.until("given back", () -> felix.service.endpoints().getFirst().usedBy().isEmpty());
    assertEquals(1, bad.opens.get());
    assertEquals(Optional.empty(), eager.control().current());
    Waiting.swap(eager.control().plug("bad"));
    assertEquals(2, bad.opens.get());
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "close", "isOrdered"})
  void throwingFromControlCallsHarmsNobody(String call) throws Exception {
    TestEndpoint bad = new TestEndpoint("bad");
    felix.register(bad);
    Waiting.swap(control.plug("bad"));
    traffic();
    bad.hook =
        at -> {
          if (at.equals(call)) {
            throw new StackOverflowError();
          }
        };
    Waiting.swap(control.plug("spare"));
    traffic();
    if (call.equals("isOrdered")) {
      EndpointException refused = Waiting.failure(control.plug("bad"));
      assertEquals(EndpointError.BACKEND_FAILED, refused.error());
      assertTrue(refused.getMessage().contains("bad"), refused.getMessage());
      assertEquals(Optional.of("spare"), control.current());
    }
  }

  /** An endpoint whose answer to getQueues is not what was asked for. */
  private static final class Liar extends TestEndpoint {
    private final int wrong;

    Liar(int wrong) {
      super("liar");
      this.wrong = wrong;
    }

    @Override
    @SuppressWarnings("NullAway") // it is a liar's business to answer null
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      List<Queue> honest = super.getQueues(configs, rss);
      List<Queue> answer = new ArrayList<>();
      switch (wrong) {
        case 0 -> {
          return null;
        }
        case 1 -> honest.forEach(Queue::close);
        case 2 -> {
          answer.addAll(honest);
          answer.addAll(honest);
        }
        default -> {
          answer.add(null);
          honest.forEach(Queue::close);
        }
      }
      return answer;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void wrongQueuesAreAFailureAndAreClosed(int wrong) throws Exception {
    Liar liar = new Liar(wrong);
    felix.register(liar);
    EndpointException failure = Waiting.failure(control.plug("liar"));
    assertEquals(EndpointError.BACKEND_FAILED, failure.error());
    assertTrue(failure.getMessage().contains("liar"), failure.getMessage());
    if (wrong == 2) {
      assertTrue(liar.queues.getFirst().closed);
    }
    traffic();
  }

  @Test
  void aGetQueuesThatBlocksIsInterruptedAndGivesWay() throws Exception {
    TestEndpoint stuck = new TestEndpoint("stuck");
    stuck.hook =
        at -> {
          if (at.equals("getQueues")) {
            new CountDownLatch(1).await();
          }
        };
    felix.register(stuck);
    EndpointException failure = Waiting.failure(control.plug("stuck"));
    assertEquals(EndpointError.BACKEND_FAILED, failure.error());
    traffic();
    assertEquals(Optional.of("spare"), control.current());
  }

  @ParameterizedTest
  @ValueSource(strings = {"getQueues", "stop", "close"})
  void oneThatNeverReturnsAndIgnoresItsInterruptIsAbandoned(String call) throws Exception {
    TestEndpoint stuck = new TestEndpoint("stuck");
    AtomicBoolean release = new AtomicBoolean();
    CountDownLatch inside = new CountDownLatch(1);
    stuck.hook =
        at -> {
          if (at.equals(call)) {
            inside.countDown();
            while (!release.get()) {
              LockSupport.parkNanos(1_000_000);
              Thread.interrupted();
            }
          }
        };
    ServiceRegistration<Endpoint> registration = felix.register(stuck);
    if (call.equals("getQueues")) {
      EndpointException failure = Waiting.failure(control.plug("stuck"));
      assertEquals(EndpointError.BACKEND_FAILED, failure.error());
    } else {
      Waiting.swap(control.plug("stuck"));
      Waiting.swap(control.plug("spare"));
    }
    assertEquals(Optional.of("spare"), control.current());
    traffic();
    InspectNode node = new InspectNode();
    control.inspect(node);
    assertTrue(node.render().contains("its " + call + " does not return"), node.render());
    // Nobody else gets an endpoint in which a call is still running.
    FelixFixture.Running other = felix.nic("nic1");
    assertEquals(EndpointError.CLAIMED, Waiting.failure(other.control().plug("stuck")).error());
    long began = System.nanoTime();
    registration.unregister();
    assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(1));
    release.set(true);
    traffic();
    assertEquals(0, inside.getCount());
  }

  @Test
  void closingIsBoundedThoughAStopBlocks() throws Exception {
    TestEndpoint stuck = new TestEndpoint("stuck");
    felix.register(stuck);
    FelixFixture.Running other = felix.nic("nic1");
    Waiting.swap(other.control().plug("stuck"));
    AtomicBoolean release = new AtomicBoolean();
    stuck.hook =
        at -> {
          while (at.equals("stop") && !release.get()) {
            LockSupport.parkNanos(1_000_000);
            Thread.interrupted();
          }
        };
    long began = System.nanoTime();
    other.disconnectable().close(); // under the running engine
    assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(3));
    InspectNode node = new InspectNode();
    other.control().inspect(node);
    assertTrue(node.render().contains("was abandoned"), node.render());
    long seen = other.engine().transmitted.get();
    release.set(true);
    Waiting.until("the fallback serves", () -> other.engine().transmitted.get() > seen + 100);
    // The name is free again.
    felix.nic("nic1");
  }

  @Test
  void anInspectionThatBlocksIsAnsweredByASentence() throws Exception {
    TestEndpoint stuck = new TestEndpoint("stuck");
    felix.register(stuck);
    Waiting.swap(control.plug("stuck"));
    InspectNode quick = new InspectNode();
    control.inspectEndpoint(quick);
    assertEquals("name: stuck\n", quick.render());
    stuck.hook =
        at -> {
          if (at.equals("inspect")) {
            assertTrue(Thread.currentThread().getName().startsWith("patchbay-call-"));
            new CountDownLatch(1).await();
          }
        };
    long began = System.nanoTime();
    InspectNode slow = new InspectNode();
    control.inspectEndpoint(slow);
    assertTrue(System.nanoTime() - began < 2_500_000_000L);
    assertTrue(slow.render().contains("did not answer within 1000 ms"), slow.render());
    InspectNode without = new InspectNode();
    stuck.hook =
        at -> {
          throw new AssertionError("inspect calls no vendor code");
        };
    control.inspect(without);
    assertTrue(without.render().contains("wanted: stuck"), without.render());
    stuck.hook = null;
  }

  @Test
  void aServiceThatGivesNoObjectIsRefused() throws Exception {
    felix.context.registerService(
        Endpoint.class.getName(),
        new ServiceFactory<Object>() {
          @Override
          public Object getService(Bundle bundle, ServiceRegistration<Object> registration) {
            throw new IllegalStateException("not today");
          }

          @Override
          public void ungetService(
              Bundle bundle, ServiceRegistration<Object> registration, Object service) {}
        },
        FelixFixture.properties("none", 0));
    EndpointException refused = Waiting.failure(control.plug("none"));
    assertEquals(EndpointError.BACKEND_FAILED, refused.error());
    assertTrue(
        felix.service.endpoints().stream().allMatch(info -> info.usedBy().isEmpty()),
        "the claim is given up");
  }
}
