package org.patchbay.frontend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;

/**
 * A worker's part in a NIC: one queue and the ring pairs that belong to it; and the only place
 * where a worker and a coordinator meet.
 *
 * <pre>
 *   RUNNING --halt()---> HALTING --drained--> HALTED --resume()---> RESUMING --reposted--> RUNNING
 *   RUNNING --pause()--> PAUSING --seen-----> PAUSED --proceed()--> RUNNING
 *   PAUSED  --halt()---> HALTING
 *   HALTED  --visit()--> VISITED --done-----> HALTED
 *   RUNNING, RESUMING, PAUSING --failure----> FAILED --halt()-----> HALTED
 *   HALTING, VISITED           --failure----> HALTED
 * </pre>
 *
 * Arrows with {@code ()} are the coordinator's, the others the worker's. While a port is HALTED or
 * PAUSED the coordinator owns its queue and its path; in every other state the worker does.
 */
final class Port {

  private static final int HALTED = 0;
  private static final int RUNNING = 1;
  private static final int HALTING = 2;
  private static final int RESUMING = 3;
  private static final int FAILED = 4;
  private static final int PAUSING = 5;
  private static final int PAUSED = 6;
  private static final int VISITED = 7;

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

  private final EngineWorker worker;
  private final PacketPath path;
  private final Link link;
  private final PortListener listener;

  private volatile int state = HALTED;
  private volatile boolean used = true;
  private volatile boolean givenUp;

  /** Where operators find the queue: the NIC, and what is plugged. */
  private volatile String nic = "";

  private volatile String endpoint = "";

  /** What the queue was lent of the guest's memory. */
  private volatile @Nullable LentMemory lent;

  private volatile @Nullable Thread waiter;

  // Written by the coordinator while it owns the port, read by the worker after it saw the next
  // state.
  private @Nullable Queue queue;
  private @Nullable Runnable visitor;
  private volatile long generation;
  private long ringsEpoch;
  private long drainDeadline;

  Port(EngineWorker worker, Link link, PortListener listener) {
    this.worker = worker;
    this.link = link;
    this.listener = listener;
    path = new PacketPath(worker);
  }

  EngineWorker worker() {
    return worker;
  }

  // ---- the coordinator's side ----

  /** What the worker does; the coordinator's while the port rests. */
  PacketPath path() {
    return path;
  }

  /** Has the worker collect what the queue still delivers, and rest. */
  void beginHalt() {
    drainDeadline = System.nanoTime() + TRANSMIT_DRAIN_NANOS;
    if (STATE.compareAndSet(this, RUNNING, HALTING) || STATE.compareAndSet(this, PAUSED, HALTING)) {
      worker.wake();
    }
  }

  /**
   * Waits until the worker rests.
   *
   * @return false if it does not rest in time, as it is stuck in a call
   */
  boolean awaitHalt(long deadline) throws InterruptedException {
    while (true) {
      int seen = state;
      switch (seen) {
        case HALTED -> {
          return true;
        }
        case FAILED -> STATE.compareAndSet(this, FAILED, HALTED);
        case RUNNING, PAUSED -> beginHalt();
        default -> {
          if (!awaitChange(seen, deadline)) {
            return false;
          }
        }
      }
    }
  }

  /** Has the worker rest, with its queue left as it is. */
  void beginPause() {
    if (STATE.compareAndSet(this, RUNNING, PAUSING)) {
      worker.wake();
    }
  }

  /**
   * Waits until the worker rests after {@link #beginPause}.
   *
   * @return whether its queue is still good; if not, the port is to be halted
   */
  boolean awaitPause(long deadline) throws InterruptedException {
    while (true) {
      int seen = state;
      switch (seen) {
        case PAUSED -> {
          return true;
        }
        case HALTED -> {
          return !used;
        }
        case FAILED -> {
          return false;
        }
        case RUNNING -> beginPause();
        default -> {
          if (!awaitChange(seen, deadline)) {
            return false;
          }
        }
      }
    }
  }

  /** Goes on after a pause, if it was one. */
  void proceed(long newRingsEpoch) {
    if (state == PAUSED) {
      ringsEpoch = newRingsEpoch;
      path.resume();
      state = RUNNING;
      worker.wake();
    }
  }

  /** Lets a fresh thread take over from one that did not rest and whose queue was closed. */
  void giveUp() {
    givenUp = true;
    path.abandonArrays();
    state = HALTED;
  }

  /**
   * Takes the port from a thread that is given up for another port's sake, while it is here; its
   * coordinator is told by {@link #workerReplaced}. On another coordinator. The queue is still
   * open: what a call of it answers that thread is dropped by {@link WorkerQueue}.
   */
  void seize() {
    givenUp = true;
    endStep();
  }

  /**
   * Whether a thread was given up here since the last time that this was asked. The port rests; if
   * so, it has fresh arrays.
   */
  boolean takeGivenUp() {
    boolean was = givenUp;
    givenUp = false;
    if (was) {
      path.abandonArrays();
    }
    return was;
  }

  // ---- any thread ----

  /** What the queue, or the last one, was lent of the guest's memory. */
  @Nullable LentMemory lent() {
    return lent;
  }

  /** What a thread is stuck in that is at this port; null if in no call of its queue. */
  @Nullable StuckCall stuckCall(Thread thread) {
    return StuckCall.of(thread, nic, endpoint);
  }

  /**
   * Ends the plug, as its queue does not come back from a call. Not if the worker is held up
   * elsewhere, for which no backend is to blame.
   */
  void overdue(Thread thread) {
    StuckCall call = stuckCall(thread);
    if (call != null) {
      listener.queueFailed(
          Queue.FATAL,
          generation,
          "its " + call.call() + " has not returned for a second, at " + call.at());
    }
  }

  /** Tells the port that its worker's thread is another, because of another port's queue. */
  void workerReplaced() {
    listener.workerReplaced();
  }

  /**
   * Gives the halted port its new queue and starts it.
   *
   * @param pairs the ring pairs that belong to the queue
   * @param idle access for a queue without any
   */
  void resume(
      Queue newQueue,
      PairPath[] pairs,
      PlugTraits plug,
      BufferAccess idle,
      long newRingsEpoch,
      BlackoutMeter meter) {
    queue = new WorkerQueue(newQueue, worker);
    nic = plug.nic();
    lent = plug.memory();
    endpoint = plug.endpoint();
    generation = plug.generation();
    ringsEpoch = newRingsEpoch;
    path.begin(pairs, plug, idle, meter);
    used = true;
    state = RESUMING;
    worker.wake();
  }

  /** Leaves the halted port without a queue, as the endpoint has too few. */
  void leaveUnused() {
    used = false;
  }

  /**
   * Has the worker of the halted port do something.
   *
   * @return false if it does not so in time
   */
  boolean visit(Runnable errand, long deadline) throws InterruptedException {
    visitor = errand;
    if (STATE.compareAndSet(this, HALTED, VISITED)) {
      worker.wake();
    }
    return awaitChange(VISITED, deadline);
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
          Thread.yield(); // to the worker, if it has no core
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
      case PAUSING -> pause();
      case VISITED -> welcome();
      default -> 0;
    };
  }

  /** Whether the coordinator will soon want something, so that sleeping now would cost time. */
  boolean isBetweenQueues() {
    int seen = state;
    return seen == PAUSED || seen == HALTED && used;
  }

  /**
   * Prepares for the worker's sleep: arms all wake-ups.
   *
   * @return how long it may sleep in nanoseconds; 0 if there is something to do after all
   */
  long prepareSleep(long now) {
    int seen = state;
    if (seen != RUNNING) {
      return seen == HALTED || seen == PAUSED || seen == FAILED ? Long.MAX_VALUE : 0;
    }
    Queue open = Objects.requireNonNull(queue);
    boolean ready = path.isQueueReady(open);
    return isStale(open) ? Long.MAX_VALUE : path.nanosToSleep(now, ready);
  }

  /**
   * Whether this thread was given up while it was stuck in a call of the queue: the port is
   * another's then, and must not be touched.
   */
  private boolean isStale(Queue open) {
    return queue != open || state == HALTED || !worker.isHere();
  }

  private int pass(long now) {
    Queue open = Objects.requireNonNull(queue);
    int result = path.pass(open, now, link.isUp());
    return result < 0 ? fail(open, result) : result;
  }

  private int drain(long now) {
    Queue open = Objects.requireNonNull(queue);
    boolean more = path.drain(open, now, drainDeadline, link.isUp());
    if (!more && !isStale(open)) {
      changeState(HALTING, HALTED);
    }
    return 1;
  }

  private int repost() {
    Queue open = Objects.requireNonNull(queue);
    int result = path.repost(open);
    if (isStale(open)) {
      return 0;
    }
    changeState(RESUMING, RUNNING);
    return result < 0 ? fail(open, result) : 1;
  }

  private int pause() {
    changeState(PAUSING, PAUSED);
    return 1;
  }

  private int welcome() {
    Objects.requireNonNull(visitor).run();
    changeState(VISITED, HALTED);
    return 1;
  }

  private int fail(Queue open, int code) {
    switch (code) {
      case Queue.GONE -> {
        // The disconnectable knows, and its coordinator is on the way.
        if (!isStale(open)) {
          STATE.compareAndSet(this, RUNNING, FAILED);
        }
        return 0;
      }
      case PacketPath.REFUSED -> failed(Queue.FATAL, path.refusal());
      default -> {
        if (!findFault()) {
          Throwable failure = open.failure();
          failed(code, failure == null ? "its queue failed without a cause" : failure.toString());
        }
      }
    }
    return 1;
  }

  /** Ends the use of the queue after an error of any kind. */
  void failed(int code, String cause) {
    if (endStep()) {
      listener.queueFailed(code, generation, cause);
    }
  }

  /** Ends what the worker was doing here when another NIC's fault interrupted it. */
  void disturbed() {
    if (endStep()) {
      listener.disturbed();
    }
  }

  /**
   * Looks whether the guest took memory away. If so, the port rests, and the ring pairs concerned
   * are told.
   *
   * @return whether that is so
   */
  boolean findFault() {
    int seen = state;
    if (seen == HALTED || seen == PAUSED) {
      return false; // the coordinator's
    }
    boolean found = false;
    for (PairPath pair : path.pairs()) {
      found |= pair.isMemoryGone();
    }
    if (found && seen != FAILED) {
      long epoch = ringsEpoch;
      endStep();
      listener.memoryFaulted(epoch);
    }
    return found;
  }

  /**
   * Ends the present step without success.
   *
   * @return whether the coordinator must be told; else it is waiting for the end of that step
   */
  private boolean endStep() {
    if (STATE.compareAndSet(this, RUNNING, FAILED) || STATE.compareAndSet(this, RESUMING, FAILED)) {
      return true;
    }
    changeState(HALTING, HALTED);
    changeState(PAUSING, FAILED);
    changeState(VISITED, HALTED);
    return false;
  }

  private void changeState(int from, int to) {
    STATE.compareAndSet(this, from, to);
    Thread waiting = waiter;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }
}
