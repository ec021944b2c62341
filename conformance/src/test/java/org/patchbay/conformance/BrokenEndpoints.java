package org.patchbay.conformance;

import static org.patchbay.conformance.FrameFate.FAR_SIDE;
import static org.patchbay.conformance.FrameFate.REFLECTED;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;

/** Endpoints each of which breaks one line of the contract, in a way that has been seen. */
final class BrokenEndpoints {

  /**
   * A broken endpoint.
   *
   * @param line the line that it breaks, the only one
   * @param fixture how the kit gets it
   */
  record Broken(String line, Fixture fixture) {
    @Override
    public String toString() {
      return line + ": " + fixture.name();
    }
  }

  private BrokenEndpoints() {}

  static List<Broken> all() {
    return List.of(
        echo("Q5", "loses the wake-up for posted buffers", BrokenQueues.LosesWakeUp::new),
        wire(
            "Q5",
            "does not wake for a frame that arrives",
            BrokenQueues.SilentWire::new,
            queue -> queue),
        echo("Q10", "answers an id twice", BrokenQueues.AnswersTwice::new),
        echo("Q10", "loses a frame now and then", BrokenQueues.LosesFrames::new),
        echo("B8", "writes past the capacity", BrokenQueues.WritesPastCapacity::new),
        echo("Q13", "counts segments as packets", BrokenQueues.CountsSegments::new),
        echo("Q19", "writes after the close", BrokenQueues.WritesAfterClose::new),
        wire("Q19", "reads a packet after the close", Wire::new, BrokenQueues.ReadsAfterClose::new),
        echo("Q7", "forgets a buffer", BrokenQueues.ForgetsBuffer::new),
        echo("E12", "reorders while claiming order", BrokenQueues.Reorders::new),
        echo("Q18", "lies about counts", BrokenQueues.LiesAboutCounts::new),
        echo("Q2", "keeps the buffer access", BrokenQueues.KeepsAccess::new),
        wire(
            "Q16", "never completes what it accepted", Wire::new, BrokenQueues.NeverCompletes::new),
        echo("Q15", "throws on a bad packet", BrokenQueues.ThrowsOnBadPacket::new),
        echo("Q9", "writes more ids than there is space", BrokenQueues.IgnoresSpace::new),
        echo("Q4", "is always ready", BrokenQueues.AlwaysReady::new),
        echo("Q6", "blocks while it has no buffers", BrokenQueues.Blocks::new),
        slow("Q6", "never returns from txPoll", BrokenQueues.BlocksForEver::new),
        echo("Q14", "takes an empty batch for a failure", BrokenQueues.FailsOnEmptyBatch::new),
        echo("Q22", "counts a second close", BrokenQueues.CountsEachClose::new),
        echo("B16", "drops the VLAN", BrokenQueues.DropsVlan::new),
        endpoint("E8", "stops while a queue is open", StopsAlways::new),
        endpoint("E4", "opens more queues than it has", OpensTooMany::new),
        endpoint("E5", "opens queues twice", OpensTwice::new),
        endpoint("E2", "mixes up queues that are used at once", MixesQueues::new),
        endpoint("E6", "leaves a thread behind", LeavesThread::new),
        spread("E7", "keeps the RssConfig", () -> new SpreadWire(false)),
        endpoint("E15", "waits on when interrupted", IgnoresInterrupt::new),
        endpoint("E15", "looks for an interrupt before it waits alone", LooksOnce::new),
        endpoint("E15", "answers no action", AnswersNoAction::new),
        endpoint("E15", "throws instead of waiting", ThrowsInsteadOfWaiting::new),
        endpoint("E19", "throws an Error from inspect", ThrowsFromInspect::new),
        endpoint("E22", "changes a capability", ChangesCapability::new),
        endpoint("E22", "throws an Error from a capability", ThrowsFromCapability::new),
        impatient("E21", "never returns from inspect", BlocksInInspect::new),
        slow("E21", "never returns from close", SlowQueues.forEverIn("close")),
        slow(
            "E21",
            "never returns from a close by another thread",
            SlowQueues.forEverWhenAnotherThreadCloses()),
        slow("Q6", "never returns from statistics", SlowQueues.forEverIn("statistics")),
        echo("E21", "takes 1.2 s to close", SlowQueues.onceIn("close")),
        echo("Q6", "takes 1.2 s for statistics", SlowQueues.onceIn("statistics")),
        echo("Q6", "takes 1.2 s for a target processor", SlowQueues.onceIn("updateTargetVp")),
        echo("Q6", "takes 1.2 s for a failure", SlowQueues.onceIn("failure")),
        endpoint("E21", "takes 1.2 s to refuse", RefusesLate::new),
        echo("Q17", "throws an Error from close", BrokenQueues.ThrowsFromClose::new),
        echo("Q17", "throws an Error from statistics", BrokenQueues.ThrowsFromStatistics::new));
  }

  private static Broken endpoint(String line, String name, Supplier<EchoEndpoint> maker) {
    return new Broken(line, new TestFixture(name, REFLECTED, () -> Subject.of(maker.get())));
  }

  private static Broken slow(String line, String name, EchoEndpoint.QueueMaker maker) {
    return impatient(line, name, () -> new EchoEndpoint(maker));
  }

  /** With a kit that gives up early. */
  private static Broken impatient(String line, String name, Supplier<EchoEndpoint> maker) {
    return new Broken(
        line,
        new Fixture() {
          @Override
          public String name() {
            return name;
          }

          @Override
          public FrameFate fate() {
            return REFLECTED;
          }

          @Override
          public Subject open() {
            return Subject.of(maker.get());
          }

          @Override
          public Duration limit() {
            return Duration.ofMillis(1500);
          }

          @Override
          public Duration patience() {
            return Duration.ofMillis(150);
          }
        });
  }

  private static Broken echo(String line, String name, EchoEndpoint.QueueMaker maker) {
    return endpoint(line, name, () -> new EchoEndpoint(maker));
  }

  private static Broken spread(String line, String name, Supplier<SpreadWire> maker) {
    return new Broken(
        line,
        new TestFixture(
            name,
            FAR_SIDE,
            () -> {
              SpreadWire wire = maker.get();
              return new Subject(wire.endpoint(), wire, () -> {});
            }));
  }

  private interface Wrapper {
    Queue wrap(Queue queue, Wire wire);
  }

  private static Broken wire(
      String line, String name, Supplier<Wire> maker, UnaryOperator<Queue> wrapper) {
    return wire(line, name, maker, (queue, wire) -> wrapper.apply(queue));
  }

  private static Broken wire(String line, String name, Supplier<Wire> maker, Wrapper wrapper) {
    return new Broken(
        line,
        new TestFixture(
            name,
            FAR_SIDE,
            () -> {
              Wire wire = maker.get();
              return new Subject(
                  new WireEndpoint((open, driver) -> wrapper.wrap(wire.open(open, driver), wire)),
                  wire,
                  () -> {});
            }));
  }

  /** An endpoint with one queue, as the wire's. */
  static final class WireEndpoint extends EchoEndpoint {

    WireEndpoint(QueueMaker maker) {
      super(maker);
    }

    @Override
    public MultiQueueSupport multiQueueSupport() {
      return MultiQueueSupport.SINGLE;
    }
  }

  private static final class StopsAlways extends EchoEndpoint {
    @Override
    public void stop() {}
  }

  private static final class OpensTooMany extends EchoEndpoint {
    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      open.open(configs.size(), new MultiQueueSupport(65535, 0));
      return makeQueues(configs);
    }
  }

  private static final class OpensTwice extends EchoEndpoint {
    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      if (open.count() == 0) {
        return super.getQueues(configs, rss);
      }
      OpenQueues more = new OpenQueues();
      more.open(configs.size(), multiQueueSupport());
      return configs.stream().map(config -> (Queue) new EchoQueue(more, config.driver())).toList();
    }
  }

  private static final class RefusesLate extends EchoEndpoint {
    private final AtomicBoolean late = new AtomicBoolean(true);

    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      if (configs.size() > multiQueueSupport().maxQueues()) {
        SlowQueues.pauseOnce(late);
      }
      return super.getQueues(configs, rss);
    }
  }

  private static final class MixesQueues extends EchoEndpoint {
    MixesQueues() {
      this(new AtomicInteger());
    }

    private MixesQueues(AtomicInteger users) {
      super((open, driver) -> new BrokenQueues.SharesState(open, driver, users));
    }
  }

  private static final class LeavesThread extends EchoEndpoint {
    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      Thread helper =
          Thread.ofPlatform().daemon().name("helper").start(BrokenEndpoints::sleepForLong);
      List<Queue> queues = super.getQueues(configs, rss);
      helper.interrupt();
      return queues;
    }
  }

  static void sleepForLong() {
    LockSupport.parkNanos(20_000_000_000L);
  }

  private static final class ThrowsFromInspect extends EchoEndpoint {
    @Override
    public void inspect(InspectNode node) {
      throw new StackOverflowError("made by the test");
    }
  }

  private static final class ChangesCapability extends EchoEndpoint {
    @Override
    public long linkSpeed() {
      return open.count() == 0 ? 1_000_000_000 : DEFAULT_LINK_SPEED;
    }
  }

  private static final class ThrowsFromCapability extends EchoEndpoint {
    @Override
    public boolean carriesVlan() {
      throw new LinkageError("made by the test");
    }
  }

  static final class ThrowsFromGetQueues extends EchoEndpoint {
    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss) {
      throw new OutOfMemoryError("made by the test");
    }
  }

  private static final class BlocksInInspect extends EchoEndpoint {
    @Override
    public void inspect(InspectNode node) {
      while (true) {
        LockSupport.park();
      }
    }
  }

  private static final class LooksOnce extends EchoEndpoint {
    @Override
    public EndpointAction waitForEndpointAction() throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      while (true) {
        sleepForLong();
      }
    }
  }

  private static final class AnswersNoAction extends EchoEndpoint {
    @Override
    @SuppressWarnings("NullAway") // the mistake
    public EndpointAction waitForEndpointAction() {
      return null;
    }
  }

  private static final class ThrowsInsteadOfWaiting extends EchoEndpoint {
    @Override
    public EndpointAction waitForEndpointAction() {
      throw new UnsupportedOperationException("made by the test");
    }
  }

  private static final class IgnoresInterrupt extends EchoEndpoint {
    @Override
    public EndpointAction waitForEndpointAction() {
      CountDownLatch never = new CountDownLatch(1);
      while (true) {
        try {
          never.await();
        } catch (InterruptedException e) {
          // The mistake: it waits on.
        }
      }
    }
  }
}
