package org.patchbay.conformance;

import static org.patchbay.conformance.FrameFate.FAR_SIDE;
import static org.patchbay.conformance.FrameFate.REFLECTED;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.RssConfig;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;

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
        echo("Q5", "loses the wake-up for posted buffers", LosesWakeUp::new),
        wire("Q5", "does not wake for a frame that arrives", SilentWire::new, queue -> queue),
        echo("Q10", "answers an id twice", AnswersTwice::new),
        echo("Q10", "loses a frame now and then", LosesFrames::new),
        echo("B8", "writes past the capacity", WritesPastCapacity::new),
        echo("Q13", "counts segments as packets", CountsSegments::new),
        echo("Q19", "writes after the close", WritesAfterClose::new),
        wire("Q19", "reads a packet after the close", Wire::new, ReadsAfterClose::new),
        echo("Q7", "forgets a buffer", ForgetsBuffer::new),
        echo("E12", "reorders while claiming order", Reorders::new),
        echo("Q18", "lies about counts", LiesAboutCounts::new),
        echo("Q2", "keeps the buffer access", KeepsAccess::new),
        wire("Q16", "never completes what it accepted", Wire::new, NeverCompletes::new),
        echo("Q15", "throws on a bad packet", ThrowsOnBadPacket::new),
        echo("Q9", "writes more ids than there is space", IgnoresSpace::new),
        echo("Q4", "is always ready", AlwaysReady::new),
        echo("Q6", "blocks while it has no buffers", Blocks::new),
        echo("Q14", "takes an empty batch for a failure", FailsOnEmptyBatch::new),
        echo("Q22", "counts a second close", CountsEachClose::new),
        echo("B16", "drops the VLAN", DropsVlan::new),
        endpoint("E8", "stops while a queue is open", StopsAlways::new),
        endpoint("E4", "opens more queues than it has", OpensTooMany::new),
        endpoint("E5", "opens queues twice", OpensTwice::new),
        endpoint("E6", "leaves a thread behind", LeavesThread::new),
        endpoint("E15", "waits on when interrupted", IgnoresInterrupt::new));
  }

  private static Broken endpoint(String line, String name, Supplier<EchoEndpoint> maker) {
    return new Broken(line, new TestFixture(name, REFLECTED, () -> Subject.of(maker.get())));
  }

  private static Broken echo(String line, String name, EchoEndpoint.QueueMaker maker) {
    return endpoint(line, name, () -> new EchoEndpoint(maker));
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

  // ---- queues ----

  private static final class LosesWakeUp extends EchoQueue {
    LosesWakeUp(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      for (int i = 0; i < count; i++) {
        post(ids[i]);
      }
      return 0;
    }
  }

  private static final class SilentWire extends Wire {
    @Override
    public void inject(byte[] frame) {
      toGuest.add(frame.clone());
    }
  }

  private static final class AnswersTwice extends EchoQueue {
    private @Nullable Integer last;

    AnswersTwice(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      if (last != null) {
        ids[0] = last;
        last = null;
        return 1;
      }
      int count = super.rxPoll(buffers, ids, space);
      last = count > 0 ? ids[count - 1] : null;
      return count;
    }
  }

  private static final class LosesFrames extends EchoQueue {
    private int frames;

    LosesFrames(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void received(int id, TxBatch batch, int packet) {
      super.received(id, batch, packet);
      if (frames++ % 4 == 0) {
        filled.removeLast();
      }
    }
  }

  /** Looks up the first segment of a buffer and writes the whole packet to where it begins. */
  private static final class WritesPastCapacity extends EchoQueue {
    private final RxSegments segments = new RxSegments(8);

    WritesPastCapacity(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      int capacity = buffers.capacity(id);
      if (capacity < 0 || batch.length(packet) <= capacity) {
        return super.reflect(buffers, id, batch, packet);
      }
      segments.clear();
      int count = buffers.pushGuestAddresses(id, segments);
      GuestMemory memory = buffers.guestMemory();
      int last = count - 1;
      batch.copyPacket(packet, memory, memory, segments.address(last), batch.length(packet));
      return BufferAccess.TOO_LONG;
    }
  }

  private static final class CountsSegments extends EchoQueue {
    CountsSegments(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int answer(TxBatch batch, int packets) {
      return TxResult.complete(packets == 0 ? 0 : batch.endSegment(packets - 1));
    }
  }

  private static final class WritesAfterClose extends EchoQueue {
    private final RxSegments segments = new RxSegments(8);
    private @Nullable GuestMemory memory;

    WritesAfterClose(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      memory = buffers.guestMemory();
      buffers.pushGuestAddresses(ids[0], segments);
      return super.rxAvail(buffers, ids, count);
    }

    @Override
    public void close() {
      super.close();
      GuestMemory kept = memory;
      if (kept != null) {
        byte[] late = {1, 2, 3};
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  LockSupport.parkNanos(20_000_000);
                  kept.write(segments.address(0), MemorySegment.ofArray(late), 0, late.length);
                });
      }
    }
  }

  private static final class ReadsAfterClose extends DelegatingQueue {
    private final Wire wire;
    private @Nullable GuestMemory memory;
    private long address;
    private int length;

    ReadsAfterClose(Queue delegate, Wire wire) {
      super(delegate);
      this.wire = wire;
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (batch.packetCount() > 0) {
        memory = buffers.guestMemory();
        address = batch.segmentAddress(0);
        length = batch.segmentLength(0);
      }
      return super.txAvail(buffers, batch);
    }

    @Override
    public void close() {
      super.close();
      GuestMemory kept = memory;
      if (kept != null) {
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  LockSupport.parkNanos(20_000_000);
                  byte[] frame = new byte[length];
                  kept.read(address, MemorySegment.ofArray(frame), 0, length);
                  wire.toPeer.add(frame);
                });
      }
    }
  }

  private static final class ForgetsBuffer extends EchoQueue {
    private int posted;

    ForgetsBuffer(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void post(int id) {
      if (posted++ % 8 != 1) {
        super.post(id);
      }
    }
  }

  private static final class Reorders extends EchoQueue {
    Reorders(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    /** Of each pair, the packets go into each other's buffers. */
    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      boolean fits = batch.packetCount() - packet <= free.size();
      boolean pair = fits && batch.packetCount() > (packet | 1);
      return super.reflect(buffers, id, batch, pair ? packet ^ 1 : packet);
    }
  }

  private static final class LiesAboutCounts extends EchoQueue {
    LiesAboutCounts(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void received(int id, TxBatch batch, int packet) {
      super.received(id, batch, packet);
      statistics.addTxPackets(1);
    }
  }

  private static final class KeepsAccess extends EchoQueue {
    private @Nullable BufferAccess kept;

    KeepsAccess(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      kept = buffers;
      return super.rxAvail(buffers, ids, count);
    }

    @Override
    public void updateTargetVp(int targetVp) {
      if (kept != null) {
        kept.capacity(1);
      }
    }
  }

  private static final class NeverCompletes extends DelegatingQueue {
    NeverCompletes(Queue delegate) {
      super(delegate);
    }

    @Override
    public int txPoll(BufferAccess buffers, int[] ids, int space) {
      super.txPoll(buffers, new int[64], 64);
      return 0;
    }
  }

  private static final class ThrowsOnBadPacket extends EchoQueue {
    ThrowsOnBadPacket(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      if (!batch.isWellFormed(packet) || !batch.liesWithin(packet, buffers.guestMemory())) {
        throw new IllegalArgumentException("packet " + packet + " is bad");
      }
      return super.reflect(buffers, id, batch, packet);
    }
  }

  private static final class IgnoresSpace extends EchoQueue {
    IgnoresSpace(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      return super.rxPoll(buffers, ids, ids.length);
    }
  }

  private static final class AlwaysReady extends EchoQueue {
    AlwaysReady(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      return true;
    }
  }

  private static final class Blocks extends EchoQueue {
    private boolean posted;

    Blocks(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void post(int id) {
      posted = true;
      super.post(id);
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      if (!posted) {
        LockSupport.parkNanos(1_200_000_000);
      }
      return super.pollReady(buffers);
    }
  }

  private static final class FailsOnEmptyBatch extends EchoQueue {
    FailsOnEmptyBatch(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int answer(TxBatch batch, int packets) {
      return batch.packetCount() == 0 ? TRY_RESTART : super.answer(batch, packets);
    }
  }

  private static final class CountsEachClose extends EchoQueue {
    private boolean closed;

    CountsEachClose(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public void close() {
      if (closed) {
        open.close();
      }
      closed = true;
      super.close();
    }
  }

  private static final class DropsVlan extends EchoQueue {
    DropsVlan(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      RxMetadata metadata = new RxMetadata().set(0, batch.length(packet)).vlan(Vlan.NONE);
      return buffers.writePacket(id, metadata, batch, packet);
    }
  }

  // ---- endpoints ----

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

  private static void sleepForLong() {
    LockSupport.parkNanos(20_000_000_000L);
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
