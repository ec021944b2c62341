package org.patchbay.frontend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * One queue and the ring pair that it serves: the packet path, and the place where a worker and a
 * coordinator meet.
 *
 * <pre>
 *              halt()             drained
 *   RUNNING ----------> HALTING ----------> HALTED --resume()--> RESUMING --reposted--> RUNNING
 *      |                                      ^ |
 *      +--- failure ---> FAILED --- halt() ---+ +--close()--> CLOSING --given back--> CLOSED
 * </pre>
 *
 * Upper-case arrows with {@code ()} are the coordinator's, the others the worker's. While a port is
 * HALTED the coordinator owns its queue; in every other state the worker does.
 */
final class Port implements RingPort {

  private static final int HALTED = 0;
  private static final int RUNNING = 1;
  private static final int HALTING = 2;
  private static final int RESUMING = 3;
  private static final int FAILED = 4;
  private static final int CLOSING = 5;
  private static final int CLOSED = 6;

  private static final int BATCH_PACKETS = 64;
  private static final int BATCH_SEGMENTS = 1024;
  private static final long TRANSMIT_DRAIN_NANOS = 50_000_000;
  private static final long SPIN_NANOS = 200_000;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Port.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final RingPair rings;
  private final BufferAccess buffers;
  private final IdLedger ledger;
  private final PortCounters counters = new PortCounters();
  private final Runnable waker;
  private final QueueFailureListener failures;

  private volatile int state = HALTED;
  private volatile boolean linkUp = true;
  private volatile @Nullable Thread waiter;

  // Written by the coordinator while HALTED, read by the worker after it saw the next state.
  private @Nullable Queue queue;
  private long generation;
  private boolean dropsTransmits;
  private boolean holding;
  private long holdUntil;
  private long drainDeadline;
  private @Nullable BlackoutMeter blackout;

  // The worker's own. Replaced when a worker is given up, as the call that it is stuck in has them.
  private int[] ids = new int[BATCH_PACKETS];
  private TxBatch batch = new TxBatch(BATCH_PACKETS, BATCH_SEGMENTS);
  private long lastPacketAt;
  private long blackoutFrom;
  private boolean blocked;
  private boolean refused;
  private int refusedId;
  private int drainBudget;

  Port(RingPair rings, Runnable waker, QueueFailureListener failures) {
    this.rings = rings;
    this.waker = waker;
    this.failures = failures;
    ledger = new IdLedger(rings.receiveSlots(), rings.transmitSlots());
    rings.attach(this);
    buffers = rings.buffers();
    lastPacketAt = System.nanoTime();
  }

  PortCounters counters() {
    return counters;
  }

  // ---- the frontend's side ----

  @Override
  public void wake() {
    waker.run();
  }

  @Override
  public boolean isPosted(int id) {
    return ledger.isPosted(id);
  }

  @Override
  public void refuse(int id) {
    refused = true;
    refusedId = id;
    counters.refusedIds.add(1);
  }

  boolean isLinkUp() {
    return linkUp;
  }

  void setLink(boolean up) {
    linkUp = up;
    rings.linkChanged(up);
    wake();
  }

  // ---- the coordinator's side ----

  /**
   * Lets the worker collect what the queue still delivers, and rest.
   *
   * @return false if it does not rest in time, as it is stuck in a call
   */
  boolean halt(long timeoutNanos) throws InterruptedException {
    long now = System.nanoTime();
    long deadline = now + timeoutNanos;
    while (true) {
      int seen = state;
      switch (seen) {
        case HALTED, CLOSED -> {
          return true;
        }
        case FAILED -> STATE.compareAndSet(this, FAILED, HALTED);
        case RUNNING -> {
          drainDeadline = now + TRANSMIT_DRAIN_NANOS;
          if (STATE.compareAndSet(this, RUNNING, HALTING)) {
            wake();
          }
        }
        default -> {
          if (!awaitChange(seen, deadline)) {
            return false;
          }
        }
      }
    }
  }

  /** Lets a fresh worker take over from one that did not halt and whose queue was closed. */
  void giveUp() {
    ids = new int[BATCH_PACKETS];
    batch = new TxBatch(BATCH_PACKETS, BATCH_SEGMENTS);
    refused = false;
    state = HALTED;
  }

  int transmitsInFlight() {
    return ledger.inFlightCount();
  }

  int buffersPosted() {
    return ledger.postedCount();
  }

  /** Gives the halted port its new queue and starts it. */
  void resume(
      Queue newQueue, long newGeneration, boolean drops, long holdUntilNanos, BlackoutMeter meter) {
    queue = newQueue;
    generation = newGeneration;
    dropsTransmits = drops;
    holding = drops && holdUntilNanos - System.nanoTime() > 0;
    holdUntil = holdUntilNanos;
    blackout = meter;
    refused = false;
    state = RESUMING;
    wake();
  }

  /** Gives the ring pair everything back; false if the worker does not do so in time. */
  boolean close(long timeoutNanos) throws InterruptedException {
    long deadline = System.nanoTime() + timeoutNanos;
    if (STATE.compareAndSet(this, HALTED, CLOSING)) {
      wake();
    }
    while (state != CLOSED) {
      if (!awaitChange(CLOSING, deadline)) {
        return false;
      }
    }
    return true;
  }

  /** Spins, then parks until the state is another; false at the deadline. */
  private boolean awaitChange(int from, long deadline) throws InterruptedException {
    long spinUntil = System.nanoTime() + SPIN_NANOS;
    waiter = Thread.currentThread();
    try {
      while (state == from) {
        long now = System.nanoTime();
        if (now - deadline >= 0) {
          return false;
        }
        if (now - spinUntil < 0) {
          Thread.onSpinWait();
        } else {
          LockSupport.parkNanos(this, deadline - now);
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
        }
      }
      return true;
    } finally {
      waiter = null;
    }
  }

  // ---- the worker's side ----

  /**
   * Does what there is to do.
   *
   * @param now {@link System#nanoTime()}
   * @return how much was done; 0 if nothing
   */
  int run(long now) {
    return switch (state) {
      case RUNNING -> pass(now);
      case HALTING -> drain(now);
      case RESUMING -> repost();
      case CLOSING -> giveBack();
      default -> 0;
    };
  }

  /** Whether the coordinator will soon want something, so that sleeping now would cost time. */
  boolean isBetweenQueues() {
    return state == HALTED;
  }

  /**
   * Prepares for the worker's sleep: arms all wake-ups.
   *
   * @return how long it may sleep in nanoseconds; 0 if there is something to do after all
   */
  long prepareSleep(long now) {
    int seen = state;
    if (seen != RUNNING) {
      return seen == HALTED || seen == FAILED || seen == CLOSED ? Long.MAX_VALUE : 0;
    }
    boolean transmits = !blocked && !holding;
    Queue open = Objects.requireNonNull(queue);
    boolean ready = open.pollReady(buffers);
    if (isStale(open)) {
      return Long.MAX_VALUE;
    }
    if (ready || rings.pollReady(transmits)) {
      blocked = false;
      return 0;
    }
    if (holding) {
      return Math.max(0, holdUntil - now);
    }
    return transmits ? rings.nanosToNextTransmit(now) : Long.MAX_VALUE;
  }

  /**
   * Whether this worker was given up while it was stuck in a call of the queue: the port is
   * another's then, and must not be touched.
   */
  private boolean isStale(Queue open) {
    return queue != open || state == HALTED;
  }

  private int pass(long now) {
    Queue open = Objects.requireNonNull(queue);
    int work = 0;
    int count = rings.takePosted(ids, ids.length);
    if (count > 0) {
      for (int i = 0; i < count; i++) {
        ledger.post(ids[i]);
      }
      counters.receiveIdsHeld += count;
      int result = open.rxAvail(buffers, ids, count);
      if (result < 0) {
        return fail(open, result);
      }
      work = count;
    }
    count = open.rxPoll(buffers, ids, ids.length);
    if (count != 0) {
      if (count < 0) {
        return fail(open, count);
      }
      receive(count);
      passed(now);
      work += count;
    }
    if (!holding || releaseHold(now)) {
      batch.clear();
      count = rings.peekTransmits(batch);
      if (count > 0) {
        int done = linkUp ? transmit(open, now) : drop(count);
        if (done < 0) {
          return fail(open, done);
        }
        work += done;
      }
    }
    if (ledger.inFlightCount() > 0) {
      count = open.txPoll(buffers, ids, ids.length);
      if (count < 0) {
        return fail(open, count);
      }
      complete(count);
      work += count;
    }
    if (refused) {
      return failIds();
    }
    if (work > 0) {
      rings.flush();
      publish();
    }
    return work;
  }

  private void receive(int count) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      if (ledger.takeBack(id)) {
        ids[kept++] = id;
      } else {
        refuse(id);
      }
    }
    counters.receiveIdsHeld -= kept;
    if (linkUp) {
      counters.rxBytes.add(rings.deliver(ids, kept));
      counters.rxPackets.add(kept);
    } else {
      rings.discard(ids, kept);
      counters.rxDiscarded.add(kept);
    }
  }

  private int transmit(Queue open, long now) {
    int result = open.txAvail(buffers, batch);
    if (TxResult.isFailure(result)) {
      return result;
    }
    int accepted = TxResult.accepted(result);
    blocked = accepted < batch.packetCount();
    if (accepted == 0) {
      return 0;
    }
    rings.acceptTransmits(accepted);
    long bytes = 0;
    for (int i = 0; i < accepted; i++) {
      ids[i] = batch.id(i);
      bytes += batch.length(i);
    }
    if (TxResult.isComplete(result)) {
      rings.completeTransmits(ids, accepted);
    } else {
      for (int i = 0; i < accepted; i++) {
        ledger.beginTransmit(ids[i]);
      }
      counters.transmitIdsHeld += accepted;
    }
    if (dropsTransmits) {
      counters.txDropped.add(accepted);
    } else {
      counters.txPackets.add(accepted);
      counters.txBytes.add(bytes);
    }
    passed(now);
    return accepted;
  }

  private int drop(int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = batch.id(i);
    }
    rings.acceptTransmits(count);
    rings.completeTransmits(ids, count);
    counters.txDropped.add(count);
    return count;
  }

  private void complete(int count) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      if (ledger.endTransmit(id)) {
        ids[kept++] = id;
      } else {
        refuse(id);
      }
    }
    if (kept > 0) {
      counters.transmitIdsHeld -= kept;
      rings.completeTransmits(ids, kept);
    }
  }

  private boolean releaseHold(long now) {
    holding = now - holdUntil < 0;
    return !holding;
  }

  private void passed(long now) {
    lastPacketAt = now;
    BlackoutMeter meter = blackout;
    if (meter != null) {
      blackout = null;
      meter.measured(System.nanoTime() - blackoutFrom);
    }
  }

  private int drain(long now) {
    Queue open = Objects.requireNonNull(queue);
    int count = open.rxPoll(buffers, ids, ids.length);
    if (isStale(open)) {
      return 0;
    }
    if (count > 0) {
      drainBudget += count;
      receive(count);
      rings.flush();
      if (!refused && drainBudget <= rings.receiveSlots()) {
        return count;
      }
    }
    if (count != Queue.GONE && ledger.inFlightCount() > 0 && !refused) {
      int completed = open.txPoll(buffers, ids, ids.length);
      if (completed > 0) {
        complete(completed);
        rings.flush();
      }
      if (completed >= 0 && ledger.inFlightCount() > 0 && now - drainDeadline < 0) {
        return 1;
      }
    }
    drainBudget = 0;
    refused = false;
    blackoutFrom = lastPacketAt;
    publish();
    changeState(HALTING, HALTED);
    return 1;
  }

  private int repost() {
    int slot = 0;
    int[] count = new int[1];
    while (slot >= 0 && ledger.inFlightCount() > 0) {
      slot = ledger.abortTransmits(ids, slot, count);
      counters.transmitIdsHeld -= count[0];
      counters.txLost.add(count[0]);
      rings.completeTransmits(ids, count[0]);
    }
    Queue open = Objects.requireNonNull(queue);
    int fill = 0;
    for (int id = ledger.firstPosted(); id >= 0; id = ledger.nextPosted(id)) {
      ids[fill++] = id;
      if (fill == ids.length || ledger.nextPosted(id) < 0) {
        int result = open.rxAvail(buffers, ids, fill);
        if (result < 0) {
          changeState(RESUMING, RUNNING);
          return fail(open, result);
        }
        fill = 0;
      }
    }
    blocked = false;
    rings.flush();
    publish();
    changeState(RESUMING, RUNNING);
    return 1;
  }

  private int giveBack() {
    int slot = 0;
    int[] count = new int[1];
    while (slot >= 0 && ledger.inFlightCount() > 0) {
      slot = ledger.abortTransmits(ids, slot, count);
      counters.transmitIdsHeld -= count[0];
      counters.txLost.add(count[0]);
      rings.completeTransmits(ids, count[0]);
    }
    int posted = ledger.postedCount();
    int[] held = new int[posted];
    int fill = 0;
    for (int id = ledger.firstPosted(); id >= 0; id = ledger.nextPosted(id)) {
      held[fill++] = id;
    }
    ledger.clear();
    counters.receiveIdsHeld -= posted;
    rings.close(held, posted);
    publish();
    changeState(CLOSING, CLOSED);
    return 1;
  }

  private void publish() {
    counters.idsOutstanding.set(
        counters.receiveIdsHeld
            - ledger.postedCount()
            + counters.transmitIdsHeld
            - ledger.inFlightCount());
    counters.txInFlight.set(ledger.inFlightCount());
    counters.rxPosted.set(ledger.postedCount());
  }

  private int fail(Queue open, int code) {
    if (code == Queue.GONE) {
      // The disconnectable knows, and its coordinator is on the way.
      if (!isStale(open)) {
        blackoutFrom = lastPacketAt;
        STATE.compareAndSet(this, RUNNING, FAILED);
      }
      return 0;
    }
    Throwable failure = open.failure();
    return failed(code, failure == null ? "its queue failed without a cause" : failure.toString());
  }

  private int failIds() {
    refused = false;
    return failed(Queue.FATAL, "it used id " + refusedId + ", which it did not hold");
  }

  /** Ends the use of the queue after an error of any kind. */
  int failed(int code, String cause) {
    publish();
    if (STATE.compareAndSet(this, RUNNING, FAILED)) {
      blackoutFrom = lastPacketAt;
      failures.queueFailed(code, generation, cause);
    }
    return 1;
  }

  private void changeState(int from, int to) {
    STATE.compareAndSet(this, from, to);
    Thread waiting = waiter;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }
}
