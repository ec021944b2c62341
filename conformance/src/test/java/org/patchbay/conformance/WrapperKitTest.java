package org.patchbay.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.TxResult;

/** The kit for wrappers lets whole ones pass and names what others hide. */
final class WrapperKitTest {

  private static final Duration LONGEST_CALL = Duration.ofSeconds(5);

  /** A wrapper with wrapped queues, whole. */
  private static class Whole extends DelegatingEndpoint {
    Whole(Endpoint inside) {
      super(inside);
    }

    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      return super.getQueues(configs, rss).stream().map(this::wrap).toList();
    }

    Queue wrap(Queue queue) {
      return new PlainQueue(queue);
    }
  }

  private static class PlainQueue extends DelegatingQueue {
    PlainQueue(Queue delegate) {
      super(delegate);
    }
  }

  private static String broken(WrapperMaker maker, Set<String> changes)
      throws InterruptedException {
    return broken(WrapperKit.run("wrapper", maker, changes));
  }

  /** The broken results: ids and the methods that their titles begin with. */
  private static String broken(ConformanceReport report) {
    return report.results().stream()
        .filter(result -> !result.isAcceptable())
        .map(result -> result.line() + " " + result.title().split(" ", 2)[0])
        .collect(Collectors.joining(", "));
  }

  @Test
  @DisplayName("W1, W2, W3, W4, W5, W6 what delegates everything passes")
  void whatDelegatesEverythingPasses() throws InterruptedException {
    ConformanceReport report = WrapperKit.run("whole", Whole::new, Set.of());
    assertTrue(report.conforms(), report::text);
    assertEquals(WrapperKit.lines(), report.lines(Outcome.HELD), report::text);
    int methods = Endpoint.class.getMethods().length + Queue.class.getMethods().length;
    assertEquals(methods + 1, report.results().size(), report::text);
  }

  @Test
  void aReportOfAWrapperSpeaksOfWrappersAlone() throws InterruptedException {
    ConformanceReport report = WrapperKit.run("whole", Whole::new, Set.of());
    assertEquals(
        Set.of("Wrapper"),
        report.findings().stream()
            .map(finding -> finding.entry().section())
            .collect(Collectors.toSet()));
    assertTrue(report.text().contains("held            W1 "), report::text);
  }

  @Test
  @DisplayName("W1 a hidden capability is found")
  void aHiddenCapabilityIsFound() throws InterruptedException {
    assertEquals(
        "W1 Endpoint.txOffloadSupport",
        broken(
            inside ->
                new Whole(inside) {
                  @Override
                  public TxOffloadSupport txOffloadSupport() {
                    return TxOffloadSupport.NONE;
                  }
                },
            Set.of()));
  }

  @Test
  @DisplayName("W2, W5 calls that do not reach the endpoint inside are found")
  void callsThatDoNotReachTheEndpointInsideAreFound() throws InterruptedException {
    assertEquals(
        "W2 Endpoint.stop, W2 Endpoint.waitForEndpointAction, W5 Endpoint.inspect",
        broken(
            inside ->
                new Whole(inside) {
                  @Override
                  public void stop() {}

                  @Override
                  public EndpointAction waitForEndpointAction() {
                    return new EndpointAction.RestartRequired();
                  }

                  @Override
                  public void inspect(InspectNode node) {
                    node.value("type", "another");
                  }
                },
            Set.of()));
  }

  @Test
  @DisplayName("W3 a lost RssConfig and queues in another order are found")
  void aLostRssConfigAndQueuesInAnotherOrderAreFound() throws InterruptedException {
    assertEquals(
        "W3 Endpoint.getQueues",
        broken(
            inside ->
                new Whole(inside) {
                  @Override
                  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
                      throws EndpointException {
                    return super.getQueues(configs, null);
                  }
                },
            Set.of()));
    String reversed =
        broken(
            inside ->
                new Whole(inside) {
                  @Override
                  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
                      throws EndpointException {
                    return super.getQueues(configs, rss).reversed();
                  }
                },
            Set.of());
    assertTrue(reversed.contains("W4 Queue.rxPoll"), reversed);
  }

  /** Drops each second packet, hides the target processor and answers counters of its own. */
  private static final class ChangingQueue extends PlainQueue {
    ChangingQueue(Queue delegate) {
      super(delegate);
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      return TxResult.complete(batch.packetCount());
    }

    @Override
    public void updateTargetVp(int targetVp) {}
  }

  private static Endpoint changing(Endpoint inside) {
    return new Whole(inside) {
      @Override
      Queue wrap(Queue queue) {
        return new ChangingQueue(queue);
      }
    };
  }

  @Test
  @DisplayName("W4, W6 a change that is not named is found, one that is named passes")
  void aChangeThatIsNotNamedIsFound() throws InterruptedException {
    assertEquals(
        "W4 Queue.txAvail, W4 Queue.updateTargetVp", broken(WrapperKitTest::changing, Set.of()));
    assertEquals(
        "W4 Queue.updateTargetVp", broken(WrapperKitTest::changing, Set.of("Queue.txAvail")));
    assertEquals(
        "", broken(WrapperKitTest::changing, Set.of("Queue.txAvail", "Queue.updateTargetVp")));
  }

  @Test
  @DisplayName("W6 a name that is no method's is refused with those there are")
  void aNameThatIsNoMethodsIsRefused() throws InterruptedException {
    ConformanceReport report = WrapperKit.run("typo", Whole::new, Set.of("Queue.txAvial"));
    assertEquals(Set.of("W6"), report.broken());
    assertTrue(report.text().contains("no methods are [Queue.txAvial]; there are [Endpoint."));
  }

  /** The interfaces after they have grown a method each, which no delegating class knows. */
  interface GrownEndpoint extends Endpoint {
    default int grownCapability() {
      return 0;
    }

    default Collection<Long> grownList() {
      return List.of();
    }
  }

  interface GrownQueue extends Queue {
    default boolean grownCall(String text) {
      return false;
    }
  }

  private static final class OldEndpoint extends Whole implements GrownEndpoint {
    OldEndpoint(Endpoint inside) {
      super(inside);
    }

    @Override
    Queue wrap(Queue queue) {
      return new OldQueue(queue);
    }
  }

  private static final class OldQueue extends PlainQueue implements GrownQueue {
    OldQueue(Queue delegate) {
      super(delegate);
    }
  }

  @Test
  @DisplayName("W6, E20 a method that the interfaces grow and a wrapper does not forward is named")
  void aMethodThatTheInterfacesGrowIsNamed() throws InterruptedException {
    ConformanceReport report =
        WrapperKit.run(
            "old", OldEndpoint::new, Set.of(), GrownEndpoint.class, GrownQueue.class, LONGEST_CALL);
    assertEquals(
        "W2 Endpoint.grownCapability, W2 Endpoint.grownList, W4 Queue.grownCall",
        broken(report),
        report::text);
    assertFalse(report.conforms());
  }

  private static ConformanceReport impatient(WrapperMaker maker) throws InterruptedException {
    return WrapperKit.run(
        "wrapper", maker, Set.of(), Endpoint.class, Queue.class, Duration.ofMillis(300));
  }

  /** Ids and titles of the results with an outcome. */
  private static Set<String> titles(ConformanceReport report, Outcome outcome) {
    return report.results().stream()
        .filter(result -> result.outcome() == outcome)
        .map(result -> result.title().split(" ", 2)[0])
        .collect(Collectors.toSet());
  }

  /** Blocks in one method, and looks in another one whether it is left alone. */
  private static final class Late extends Whole {
    private final CountDownLatch release;
    private final CountDownLatch lateStop;
    private final AtomicInteger stoppedInUse;
    private volatile boolean wasLate;
    private volatile boolean stopped;

    Late(
        Endpoint inside,
        CountDownLatch release,
        CountDownLatch lateStop,
        AtomicInteger stoppedInUse) {
      super(inside);
      this.release = release;
      this.lateStop = lateStop;
      this.stoppedInUse = stoppedInUse;
    }

    @Override
    public long linkSpeed() {
      wasLate = true;
      while (release.getCount() > 0) {
        // Ignores that the kit interrupts it when it gives it up.
        LockSupport.parkNanos(1_000_000);
        boolean unused = Thread.interrupted();
      }
      return super.linkSpeed();
    }

    @Override
    public MultiQueueSupport multiQueueSupport() {
      release.countDown();
      LockSupport.parkNanos(50_000_000);
      stoppedInUse.addAndGet(stopped ? 1 : 0);
      return super.multiQueueSupport();
    }

    @Override
    public void stop() {
      stopped = true;
      if (wasLate) {
        lateStop.countDown();
      }
      super.stop();
    }
  }

  @Test
  void anAttemptThatReturnsLateEndsNothingOfALaterOne() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch lateStop = new CountDownLatch(1);
    AtomicInteger stoppedInUse = new AtomicInteger();
    ConformanceReport report =
        impatient(inside -> new Late(inside, release, lateStop, stoppedInUse));
    assertEquals("W1 Endpoint.linkSpeed", broken(report), report::text);
    assertEquals(0, stoppedInUse.get());
    assertTrue(lateStop.await(5, TimeUnit.SECONDS), "what was late was not stopped");
  }

  /** What an attempt needs for its end is none of the call's that it checks. */
  @Test
  void anAttemptWhoseEndBlocksHasItsVerdict() throws InterruptedException {
    ConformanceReport report =
        impatient(
            inside ->
                new Whole(inside) {
                  private final AtomicInteger stops = new AtomicInteger();

                  @Override
                  public void stop() {
                    if (stops.getAndIncrement() > 0) {
                      BrokenEndpoints.sleepForLong();
                    }
                    super.stop();
                  }
                });
    assertTrue(report.conforms(), report::text);
  }

  @Test
  void aMakerThatFailsIsNotTakenForABrokenWrapper() throws InterruptedException {
    ConformanceReport throwing =
        impatient(
            inside -> {
              throw new IllegalStateException("no wrapper today");
            });
    assertEquals(Set.of(), throwing.broken(), throwing::text);
    assertFalse(throwing.conforms());
    assertTrue(
        throwing.text().contains("failed: the maker threw java.lang.IllegalStateException: no wr"),
        throwing::text);
    Endpoint strange = new EchoEndpoint();
    ConformanceReport wrong =
        WrapperKit.run(
            "strange",
            inside -> strange,
            Set.of(),
            GrownEndpoint.class,
            GrownQueue.class,
            LONGEST_CALL);
    assertEquals(Set.of(), wrong.broken(), wrong::text);
    assertTrue(wrong.text().contains("failed: the maker answered org.pat"), wrong::text);
  }

  @Test
  void aMakerThatHangsIsNamed() throws InterruptedException {
    AtomicInteger made = new AtomicInteger();
    ConformanceReport report =
        impatient(
            inside -> {
              if (made.getAndIncrement() == 1) {
                BrokenEndpoints.sleepForLong();
              }
              return new Whole(inside);
            });
    assertEquals(Set.of(), report.broken(), report::text);
    assertEquals(1, titles(report, Outcome.FIXTURE_FAILED).size(), report::text);
    assertTrue(report.text().contains("failed: the maker did not return within"), report::text);
  }
}
