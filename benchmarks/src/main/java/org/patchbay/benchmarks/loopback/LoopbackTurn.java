package org.patchbay.benchmarks.loopback;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.loopback.LoopbackEndpoint;
import org.patchbay.nullendpoint.NullEndpoint;

/**
 * Time per packet of a frontend's turn over the loopback endpoint. Before it measures, the same
 * calls have met three kinds of queue and three of buffer access, so that the compiler cannot take
 * the interfaces away.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
// JMH calls open() before all else.
@SuppressWarnings("NullAway.Init")
public class LoopbackTurn {

  /** Turns of each other pairing before the measurement: enough for the last compiler. */
  private static final int MIXED_TURNS = 20_000;

  private static final int MTU = 9000;

  /** Length of a packet in bytes. */
  @Param({"64", "1500", "9000"})
  private int bytes;

  /** Guest segments of a packet. */
  @Param({"1", "4"})
  private int segments;

  private final Endpoint endpoint = new LoopbackEndpoint();
  private final Arena arena = Arena.ofShared();
  private final Slots slots = new Slots(arena);
  private Queue queue;
  private Frontend frontend;
  private BufferAccess buffers;

  /** A wrapper as a vendor would write it. */
  private static final class PlainWrapper extends DelegatingQueue {
    PlainWrapper(Queue delegate) {
      super(delegate);
    }
  }

  /** Opens the queue, after the others have run. */
  @Setup(Level.Trial)
  public void open() throws EndpointException {
    frontend = new Frontend(slots, bytes, segments);
    buffers = frontend.buffers();
    for (int pass = 0; pass < 2; pass++) {
      mix();
    }
    queue = open(endpoint);
    frontend.post(queue, buffers);
  }

  /** Runs every pairing of other queues and accesses through the frontend's calls. */
  private void mix() throws EndpointException {
    LinearizingBuffers linearizing = new LinearizingBuffers(buffers, arena);
    CountingBuffers counting = new CountingBuffers(buffers);
    Endpoint nullEndpoint = new NullEndpoint();
    try (Queue dropping = open(nullEndpoint)) {
      frontend.post(dropping, buffers);
      run(() -> frontend.turn(dropping, buffers));
    }
    nullEndpoint.stop();
    Endpoint other = new LoopbackEndpoint();
    try (Queue wrapped = new PlainWrapper(open(other))) {
      frontend.post(wrapped, linearizing);
      run(() -> frontend.turn(wrapped, linearizing));
    }
    try (Queue plain = open(other)) {
      frontend.post(plain, counting);
      run(() -> frontend.turn(plain, counting));
    }
    try (Queue plain = open(other)) {
      frontend.post(plain, buffers);
      run(() -> frontend.turn(plain, buffers));
    }
    other.stop();
  }

  private static void run(Runnable turn) {
    for (int i = 0; i < MIXED_TURNS; i++) {
      turn.run();
    }
  }

  private static Queue open(Endpoint endpoint) throws EndpointException {
    QueueConfig config = new QueueConfig(new IdleDriver(), MacAddress.forName("bench"), MTU);
    return endpoint.getQueues(List.of(config), null).getFirst();
  }

  /** One batch through the loopback. */
  @Benchmark
  @OperationsPerInvocation(Frontend.BATCH)
  public int turn() {
    int count = frontend.turn(queue, buffers);
    if (count != Frontend.BATCH) {
      throw new IllegalStateException("a turn gave " + count + " of " + Frontend.BATCH);
    }
    return count;
  }

  /** Checks what was received. */
  @TearDown(Level.Trial)
  public void close() {
    queue.close();
    endpoint.stop();
    boolean intact = frontend.isIntact();
    arena.close();
    if (!intact) {
      throw new IllegalStateException("a receive buffer does not hold the packet sent into it");
    }
  }
}
