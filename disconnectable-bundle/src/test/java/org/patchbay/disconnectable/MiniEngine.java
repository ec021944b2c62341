package org.patchbay.disconnectable;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Watch;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.RestartReport;

/**
 * The smallest engine that keeps the protocol of a {@link DisconnectableEndpoint}: one coordinator,
 * one worker, and a ledger that notes each id which comes back although it was not out.
 */
final class MiniEngine implements AutoCloseable {

  private static final int BUFFERS = 64;
  private static final int TRANSMITS = 64;
  private static final int BATCH = 16;
  private static final long HALT_MILLIS = 1500;

  /** What one generation of queues is driven by. */
  private static final class Drive {
    final Queue queue;
    final long generation;
    final Semaphore halted = new Semaphore(0);
    volatile boolean halt;
    volatile long firstPacketNanos = -1;
    volatile long lastPacketNanos = -1;
    boolean failed;

    Drive(Queue queue, long generation) {
      this.queue = queue;
      this.generation = generation;
    }
  }

  private static final class Replaced extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Driver implements QueueDriver {
    @Override
    public void wake() {}

    @Override
    public Watch watch(int descriptor) {
      throw new UnsupportedOperationException("these tests have no descriptors");
    }
  }

  final DisconnectableEndpoint endpoint;
  final AtomicLong received = new AtomicLong();
  final AtomicLong transmitted = new AtomicLong();
  final AtomicLong lost = new AtomicLong();
  final AtomicLong restarts = new AtomicLong();
  final AtomicLong gone = new AtomicLong();
  volatile @Nullable String violation;
  volatile @Nullable Throwable crash;
  volatile boolean linkUp = true;
  private final Thread coordinator;
  private volatile Thread worker;
  private volatile boolean ending;
  private volatile @Nullable Drive drive;
  private volatile @Nullable Drive previous;

  // The ledger; handed over with the drive.
  private final ArrayDeque<Integer> freeBuffers = new ArrayDeque<>();
  private final BitSet posted = new BitSet();
  private final ArrayDeque<Integer> freeTransmits = new ArrayDeque<>();
  private final BitSet inFlight = new BitSet();

  MiniEngine(DisconnectableEndpoint endpoint) {
    this.endpoint = endpoint;
    for (int i = 0; i < BUFFERS; i++) {
      freeBuffers.add(i);
    }
    for (int i = 0; i < TRANSMITS; i++) {
      freeTransmits.add(i);
    }
    coordinator = Thread.ofPlatform().daemon().name("mini-coordinator").unstarted(this::coordinate);
    worker = newWorker();
  }

  /** What one queue is opened with. */
  static QueueConfig config() {
    return new QueueConfig(new Driver(), new MacAddress(0x020000000001L), 1500);
  }

  private Thread newWorker() {
    return Thread.ofPlatform().daemon().name("mini-worker").unstarted(this::work);
  }

  MiniEngine start() {
    worker.start();
    coordinator.start();
    return this;
  }

  private void coordinate() {
    try {
      restart();
      while (!ending) {
        switch (endpoint.awaitAction(-1)) {
          case null -> {}
          case EndpointAction.RestartRequired() -> restart();
          case EndpointAction.LinkStatusNotify(boolean up) -> linkUp = up;
        }
      }
      close(halt());
      endpoint.stop();
    } catch (Throwable e) {
      crash = e;
    }
  }

  private @Nullable Drive halt() throws InterruptedException {
    Drive old = drive;
    if (old == null) {
      return null;
    }
    old.halt = true;
    if (!old.halted.tryAcquire(HALT_MILLIS, TimeUnit.MILLISECONDS)) {
      // Stuck in a vendor's call: leave the thread to itself, with its ledger's copy of nothing.
      old.queue.close();
      if (!old.halted.tryAcquire(500, TimeUnit.MILLISECONDS)) {
        worker = newWorker();
        drive = null;
        worker.start();
      }
    }
    drive = null;
    return old;
  }

  private void close(@Nullable Drive old) {
    if (old == null) {
      return;
    }
    old.queue.close();
    for (int id = inFlight.nextSetBit(0); id >= 0; id = inFlight.nextSetBit(id + 1)) {
      freeTransmits.add(id);
      lost.incrementAndGet();
    }
    inFlight.clear();
    for (int id = posted.nextSetBit(0); id >= 0; id = posted.nextSetBit(id + 1)) {
      freeBuffers.add(id);
    }
    posted.clear();
    previous = old;
  }

  private void restart() throws InterruptedException, EndpointException {
    long began = System.nanoTime();
    Drive old = halt();
    int returned = posted.cardinality();
    long lostBefore = lost.get();
    close(old);
    List<Queue> queues = endpoint.getQueues(List.of(config()), null);
    Drive next = new Drive(queues.getFirst(), endpoint.generation());
    Drive before = previous;
    drive = next;
    LockSupport.unpark(worker);
    restarts.incrementAndGet();
    endpoint.restarted(
        new RestartReport(
            returned,
            lost.get() - lostBefore,
            System.nanoTime() - began,
            () ->
                before == null || next.firstPacketNanos < 0 || before.lastPacketNanos < 0
                    ? -1
                    : next.firstPacketNanos - before.lastPacketNanos));
  }

  private void work() {
    Thread here = Thread.currentThread();
    TestBuffers buffers = new TestBuffers();
    int[] ids = new int[BATCH];
    TxBatch batch = new TxBatch(BATCH, BATCH);
    try {
      while (!ending || drive != null) {
        if (worker != here) {
          return;
        }
        Drive now = drive;
        if (now == null) {
          LockSupport.parkNanos(100_000);
          continue;
        }
        if (now.halt) {
          collect(now, buffers, ids);
          now.halted.release();
          while (drive == now && worker == here) {
            Thread.onSpinWait();
          }
          continue;
        }
        if (now.failed) {
          LockSupport.parkNanos(100_000);
          continue;
        }
        turn(now, buffers, ids, batch);
      }
    } catch (Replaced e) {
      // This thread was given up while it was stuck in a vendor's call.
    } catch (Throwable e) {
      crash = e;
    }
  }

  private void turn(Drive now, TestBuffers buffers, int[] ids, TxBatch batch) {
    int count = 0;
    for (int id : freeBuffers) {
      if (count == BATCH) {
        break;
      }
      ids[count++] = id;
    }
    if (count > 0) {
      int result = now.queue.rxAvail(buffers, ids, count);
      check(now, result);
      for (int i = 0; i < count && result == 0; i++) {
        posted.set(freeBuffers.remove());
      }
    }
    batch.clear();
    int offered = 0;
    for (int id : freeTransmits) {
      if (offered == BATCH) {
        break;
      }
      batch.addPacket(id, 1, 0, 64, 0, 64);
      offered++;
    }
    if (offered > 0) {
      int result = now.queue.txAvail(buffers, batch);
      check(now, result);
      if (!TxResult.isFailure(result)) {
        for (int i = 0; i < TxResult.accepted(result); i++) {
          int id = freeTransmits.remove();
          if (TxResult.isComplete(result)) {
            freeTransmits.add(id);
            transmitted.incrementAndGet();
          } else {
            inFlight.set(id);
          }
        }
        if (TxResult.accepted(result) > 0) {
          stamp(now);
        }
      }
    }
    receive(now, buffers, ids);
    complete(now, buffers, ids);
  }

  private static void stamp(Drive now) {
    long nanos = System.nanoTime();
    if (now.firstPacketNanos < 0) {
      now.firstPacketNanos = nanos;
    }
    now.lastPacketNanos = nanos;
  }

  private int receive(Drive now, TestBuffers buffers, int[] ids) {
    int count = now.queue.rxPoll(buffers, ids, ids.length);
    check(now, count);
    for (int i = 0; i < count; i++) {
      if (!posted.get(ids[i])) {
        violation = "receive id " + ids[i] + " came back although it was not posted";
      }
      posted.clear(ids[i]);
      freeBuffers.add(ids[i]);
      received.incrementAndGet();
    }
    return count;
  }

  private int complete(Drive now, TestBuffers buffers, int[] ids) {
    int count = now.queue.txPoll(buffers, ids, ids.length);
    check(now, count);
    for (int i = 0; i < count; i++) {
      if (!inFlight.get(ids[i])) {
        violation = "transmit id " + ids[i] + " came back although it was not in flight";
      }
      inFlight.clear(ids[i]);
      freeTransmits.add(ids[i]);
      transmitted.incrementAndGet();
    }
    return count;
  }

  private void collect(Drive now, TestBuffers buffers, int[] ids) {
    while (receive(now, buffers, ids) > 0) {
      // until nothing comes
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
    while (!inFlight.isEmpty() && System.nanoTime() < deadline) {
      if (complete(now, buffers, ids) < 0) {
        break;
      }
    }
  }

  private void check(Drive now, int result) {
    if (worker != Thread.currentThread()) {
      throw new Replaced(); // the ledger is the new worker's
    }
    if (result == Queue.GONE) {
      gone.incrementAndGet();
      now.failed = true;
    } else if (result < 0) {
      now.failed = true;
      endpoint.failed(now.generation, String.valueOf(now.queue.failure()));
    }
  }

  /** Ids that should be free or out and are neither, or both. */
  int outstanding() {
    return BUFFERS
        - freeBuffers.size()
        - posted.cardinality()
        + TRANSMITS
        - freeTransmits.size()
        - inFlight.cardinality();
  }

  @Override
  public void close() throws InterruptedException {
    ending = true;
    endpoint.wakeAwait();
    coordinator.join(8000);
    worker.join(2000);
    if (coordinator.isAlive() || worker.isAlive()) {
      throw new AssertionError("the engine's threads did not end");
    }
  }
}
