package org.patchbay.frontend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Queue;

/**
 * One queue and the ring pair that it serves, and the only place where a worker and a coordinator
 * meet.
 *
 * <pre>
 *              halt()             drained
 *   RUNNING ----------> HALTING ----------> HALTED --resume()--> RESUMING --reposted--> RUNNING
 *      |                                      ^ |
 *      +--- failure ---> FAILED --- halt() ---+ +--close()--> CLOSING --given back--> CLOSED
 * </pre>
 *
 * Arrows with {@code ()} are the coordinator's, the others the worker's. While a port is HALTED the
 * coordinator owns its queue and its path; in every other state the worker does.
 */
final class Port {

  private static final int HALTED = 0;
  private static final int RUNNING = 1;
  private static final int HALTING = 2;
  private static final int RESUMING = 3;
  private static final int FAILED = 4;
  private static final int CLOSING = 5;
  private static final int CLOSED = 6;

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
  private final PacketPath path;
  private final PortCounters counters = new PortCounters();
  private final Runnable waker;
  private final PortListener listener;

  private volatile int state = HALTED;
  private volatile boolean linkUp = true;
  private volatile @Nullable Thread waiter;

  // Written by the coordinator while HALTED, read by the worker after it saw the next state.
  private @Nullable Queue queue;
  private long generation;
  private long drainDeadline;

  Port(RingPair rings, Runnable waker, PortListener listener) {
    this.rings = rings;
    this.waker = waker;
    this.listener = listener;
    path = new PacketPath(rings, counters, waker);
  }

  // ---- any thread ----

  PortCounters counters() {
    return counters;
  }

  void wake() {
    waker.run();
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
    path.abandonArrays();
    state = HALTED;
  }

  /** Tells the port that its worker's thread is another, because of another port's queue. */
  void workerReplaced() {
    listener.workerReplaced();
  }

  /** The path of the halted port. */
  PacketPath path() {
    return path;
  }

  /** Receive buffers that the halted port's queue held. */
  int buffersPosted() {
    return path.postedCount();
  }

  /** Transmits that the halted port's queue did not complete. */
  int transmitsInFlight() {
    return path.inFlightCount();
  }

  /**
   * Gives the halted port its new queue and starts it.
   *
   * @param drops whether the queue is the fallback's
   * @param holdUntil until when transmits then stay with the guest, as {@link System#nanoTime()}
   */
  void resume(
      Queue newQueue, long newGeneration, boolean drops, long holdUntil, BlackoutMeter meter) {
    queue = newQueue;
    generation = newGeneration;
    path.begin(drops, holdUntil, meter);
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
    Queue open = Objects.requireNonNull(queue);
    boolean ready = path.isQueueReady(open);
    return isStale(open) ? Long.MAX_VALUE : path.nanosToSleep(now, ready);
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
    int result = path.pass(open, now, linkUp);
    return result < 0 ? fail(open, result) : result;
  }

  private int drain(long now) {
    Queue open = Objects.requireNonNull(queue);
    boolean more = path.drain(open, now, drainDeadline, linkUp);
    if (!more && !isStale(open)) {
      path.endOfQueue();
      changeState(HALTING, HALTED);
    }
    return 1;
  }

  private int repost() {
    Queue open = Objects.requireNonNull(queue);
    int result = path.repost(open);
    changeState(RESUMING, RUNNING);
    return result < 0 ? fail(open, result) : 1;
  }

  private int giveBack() {
    path.giveBack();
    changeState(CLOSING, CLOSED);
    return 1;
  }

  private int fail(Queue open, int code) {
    return switch (code) {
      case Queue.GONE -> {
        // The disconnectable knows, and its coordinator is on the way.
        if (!isStale(open)) {
          path.endOfQueue();
          STATE.compareAndSet(this, RUNNING, FAILED);
        }
        yield 0;
      }
      case PacketPath.REFUSED ->
          failed(Queue.FATAL, "it used id " + path.refusedId() + ", which it did not hold");
      default -> {
        Throwable failure = open.failure();
        yield failed(
            code, failure == null ? "its queue failed without a cause" : failure.toString());
      }
    };
  }

  /** Ends the use of the queue after an error of any kind. */
  int failed(int code, String cause) {
    path.endOfQueue();
    if (STATE.compareAndSet(this, RUNNING, FAILED)) {
      listener.queueFailed(code, generation, cause);
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
