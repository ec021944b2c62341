package org.patchbay.frontend;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.Queue;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.api.driver.WorkerWaitFactory;

/**
 * The worker's loop: one pass over its ports after the other; when idle, polling for a while and
 * then one sleep that everything can end.
 *
 * <p>A thread that is stuck in a backend's call can be given up: a fresh one takes the ports over,
 * and the old one ends when its call returns. {@link StuckWatch} finds such threads.
 */
final class EngineWorker implements Worker {

  private static final long CLOSE_TIMEOUT_MILLIS = 3_000;

  private static final long NOWHERE = -1;

  /** How long a thread may take from its rings into a queue's call, or out of its step. */
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  /**
   * Where a worker's thread is.
   *
   * @param thread the worker's present one
   * @param entry number of the step that it is in at a port, or -1 if in none
   */
  record Place(Thread thread, long entry) {}

  private final String name;
  private final long spinNanos;
  private final WorkerWaitFactory waits;
  private final StuckWatch watch;
  private final GivenUpThreads givenUp = new GivenUpThreads();
  private volatile Port[] ports = new Port[0];
  private volatile Loop loop;

  private boolean closed; // guarded by this

  /**
   * @param watch looks after the worker until it is closed
   */
  EngineWorker(String name, long spinNanos, WorkerWaitFactory waits, StuckWatch watch)
      throws EndpointException {
    this.name = name;
    this.spinNanos = spinNanos;
    this.waits = waits;
    this.watch = watch;
    loop = startLoop();
    loop.begin();
    watch.add(this);
  }

  /** Starts a thread, which does nothing before {@link Loop#begin}. */
  private Loop startLoop() throws EndpointException {
    Loop started = new Loop(waits.open());
    boolean running = false;
    try {
      started.thread.start();
      running = true;
      return started;
    } catch (OutOfMemoryError e) { // how the JVM says that the system has no thread left
      throw new EndpointException(EndpointError.OUT_OF_MEMORY, "no thread can be started", e);
    } finally {
      if (!running) {
        started.wait.close();
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  /** State of the thread, for inspection. */
  String threadState() {
    return loop.thread.getName() + " " + loop.thread.getState();
  }

  OwnedQueueDriver openDriver() throws EndpointException {
    return loop.wait.openDriver();
  }

  /** The present thread's wait, as ring pairs see it; another after the thread was replaced. */
  RingWatches watches() {
    return loop.watches;
  }

  /** Whether the calling thread is the worker's present one, and is to go on. */
  boolean isHere() {
    Loop present = loop;
    return present.thread == Thread.currentThread() && !present.ending;
  }

  /**
   * Runs an action once none of the threads that workers gave up before now is there any more: on
   * the last of them, or at once on the calling thread.
   */
  static void whenUnused(List<EngineWorker> workers, Runnable action) {
    whenGone(workers, sight -> true, action);
  }

  /** As {@link #whenUnused}, but waits for threads only that may be in rings. */
  static void whenRingsUnused(List<EngineWorker> workers, Runnable action) {
    whenGone(workers, GivenUpThreads.Sight::inRings, action);
  }

  /**
   * As {@link #whenUnused}, but waits for threads only that may be in rings, or in a call of a
   * backend that was lent some guest memory.
   */
  static void whenUnused(List<EngineWorker> workers, List<GuestRegion> memory, Runnable action) {
    whenGone(
        workers,
        sight -> {
          LentMemory lent = sight.memory();
          return sight.inRings() || lent != null && lent.shares(memory);
        },
        action);
  }

  private static void whenGone(
      List<EngineWorker> workers, Predicate<GivenUpThreads.Sight> matters, Runnable action) {
    Runnable next = action;
    for (EngineWorker worker : workers) {
      Runnable then = next;
      next = () -> worker.givenUp.whenGone(matters, then);
    }
    next.run();
  }

  void wake() {
    loop.wait.wake();
  }

  synchronized void attach(Port port) {
    Port[] more = Arrays.copyOf(ports, ports.length + 1);
    more[ports.length] = port;
    ports = more;
  }

  synchronized void detach(Port port) {
    ports = Arrays.stream(ports).filter(other -> other != port).toArray(Port[]::new);
  }

  // ---- stuck threads; any thread, but where noted ----

  /** Number of the step that the present thread is in at one of its ports, or -1 if in none. */
  long entry() {
    Loop present = loop;
    return present.here.getOpaque() == null ? NOWHERE : present.entries.get();
  }

  /** The port in which the present thread is now, or null. */
  @Nullable Port whereabouts() {
    return loop.here.getOpaque();
  }

  /** Whether the present thread is still in a step that took too long, at a port. */
  boolean isOverdue(Port port) {
    Loop present = loop;
    return present.here.getOpaque() == port && present.overdue == present.entries.get();
  }

  /** The present thread has been in a step for too long. */
  void overdue(long entry) {
    Loop present = loop;
    Port port = present.here.getOpaque();
    if (port != null && present.entries.get() == entry) {
      present.overdue = entry;
      port.overdue(present.thread);
    }
  }

  /** What threads are stuck in that were given up and have not ended. */
  List<StuckCall> stuckCalls() {
    return givenUp.calls();
  }

  /** Where the present thread is. */
  Place place() {
    Loop present = loop;
    return new Place(
        present.thread, present.here.getOpaque() == null ? NOWHERE : present.entries.get());
  }

  /** Whether the thread is in a queue's call, in the same step as it was before. */
  boolean isStuckSince(Place before) {
    Loop present = loop;
    Port port = present.here.getOpaque();
    return port != null
        && present.thread == before.thread()
        && present.entries.get() == before.entry()
        && port.stuckCall(present.thread) != null;
  }

  /**
   * Gives the present thread up, as it is stuck in a call, and starts another; none if the worker
   * was closed. On a coordinator.
   *
   * @param port its port, which this thread does not let rest; it rests when this returns
   * @param seen where the thread was when that was decided; if the worker has another by now,
   *     nothing is done
   * @return what was done, for operators; null if nothing
   * @throws EndpointException if no other thread can be started; nothing is changed then
   */
  @Nullable String replaceThread(Port port, Place seen) throws EndpointException {
    Loop stuck;
    Loop fresh;
    List<Port> others;
    synchronized (this) {
      stuck = loop;
      if (stuck.thread != seen.thread()) {
        return null;
      }
      fresh = closed ? null : startLoop(); // first, as it may fail
      if (fresh != null) {
        givenUp.add(stuck.thread); // before it may end; close() did so otherwise
        stuck.ending = true;
        loop = fresh;
      }
      others = Arrays.stream(ports).filter(other -> other != port).toList();
    }
    StuckCall call;
    try {
      call = takePorts(stuck, port);
    } finally {
      stuck.wait.wake();
      if (fresh != null) {
        fresh.begin();
        others.forEach(other -> Safely.run(other::workerReplaced));
      }
    }
    return call == null
        ? "gave up a thread of worker " + name + ", which does not rest"
        : "gave up thread " + call.describe();
  }

  /**
   * Takes from a thread, which is to end, the port that does not rest and the one that it is at.
   *
   * @return what the thread is stuck in; null if in no queue's call
   */
  private @Nullable StuckCall takePorts(Loop stuck, Port port) {
    Port culprit = stuck.here.get();
    // From now on it ends its step as soon as it leaves a queue's call. Only what is seen of it now
    // tells whether it is in one: a look is a handshake with it.
    StuckCall call = awaitCall(stuck, port);
    culprit = culprit == null ? stuck.here.get() : culprit;
    if (call != null) {
      LentMemory lent = (culprit == null ? port : culprit).lent();
      givenUp.found(stuck.thread, new GivenUpThreads.Sight(Optional.of(call), lent, false));
    }
    port.giveUp();
    if (culprit != null && culprit != port) {
      culprit.seize();
    }
    return call;
  }

  /** Waits until a thread that is to end is in a queue's call, or has left its step; bounded. */
  private static @Nullable StuckCall awaitCall(Loop stuck, Port port) {
    long deadline = System.nanoTime() + STEP_NANOS;
    while (true) {
      Port at = stuck.here.get();
      StuckCall call = (at == null ? port : at).stuckCall(stuck.thread);
      boolean left = call == null && stuck.here.get() == null;
      if (call != null || left || System.nanoTime() - deadline >= 0) {
        return call;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  @Override
  public void close() {
    watch.remove(this);
    Loop last;
    synchronized (this) {
      last = loop;
      if (!closed) {
        closed = true;
        givenUp.add(last.thread); // which it is if it does not end
        last.ending = true;
      }
    }
    last.wait.wake();
    try {
      last.thread.join(CLOSE_TIMEOUT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Loop implements Runnable {

    // Between two queues the coordinator needs microseconds; sleeping would cost more.
    private static final long BETWEEN_QUEUES_NANOS = 200_000;

    final WorkerWait wait;
    final RingWatches watches;
    final Thread thread;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final SpinPolicy spin = new SpinPolicy(spinNanos);
    private long betweenSince;
    volatile boolean ending;

    /** The port that the thread is at. */
    final AtomicReference<@Nullable Port> here = new AtomicReference<>();

    /** How often it went to one. */
    final Counter entries = new Counter();

    /** The step that took too long. */
    volatile long overdue = NOWHERE;

    Loop(WorkerWait wait) {
      this.wait = wait;
      watches = wait::watch;
      thread = Thread.ofPlatform().daemon().name("patchbay-" + name).unstarted(this);
    }

    /** Lets the thread serve the ports, which nobody else does now. */
    void begin() {
      begun.countDown();
    }

    private void awaitBegin() {
      while (begun.getCount() > 0) {
        try {
          begun.await();
        } catch (InterruptedException e) {
          // Nobody of ours interrupts a worker.
        }
      }
    }

    @Override
    public void run() {
      try {
        awaitBegin();
        while (!ending) {
          try {
            turn();
          } catch (InternalError e) {
            // The JVM may raise a fault in guest memory late, when the port that caused it is left.
            memoryFault(null, e);
          }
        }
      } finally {
        wait.close();
        givenUp.remove(thread);
      }
    }

    private void turn() {
      while (!ending) {
        Port[] all = ports;
        long now = System.nanoTime();
        int work = 0;
        boolean between = false;
        for (Port port : all) {
          work += run(port, now);
          if (ending) {
            return; // given up in that call: the ports are another thread's
          }
          between |= port.isBetweenQueues();
        }
        if (work > 0) {
          betweenSince = 0;
          spin.worked();
          continue;
        }
        if (between && betweenSince == 0) {
          betweenSince = now;
        }
        if (between && now - betweenSince < BETWEEN_QUEUES_NANOS) {
          Thread.yield(); // to the coordinator, if it has no core
          continue;
        }
        if (spin.keepPolling(now)) {
          Thread.onSpinWait();
          continue;
        }
        sleep(all);
      }
    }

    @SuppressWarnings("CatchingUnchecked") // a fault in one port must not end the others' thread
    private int run(Port port, long now) {
      if (!enter(port)) {
        return 0;
      }
      try {
        return port.run(now);
      } catch (Exception | Error e) {
        failed(port, e);
        return 1;
      } finally {
        here.setOpaque(null);
      }
    }

    /** Begins a step at a port; not if the thread is to end. */
    private boolean enter(Port port) {
      entries.add(1);
      here.setOpaque(port);
      // Again: whoever gives the thread up sees it here, or it sees that.
      if (ending) {
        here.setOpaque(null);
        return false;
      }
      return true;
    }

    private void failed(Port port, Throwable cause) {
      if (cause instanceof InternalError fault) {
        memoryFault(port, fault);
      } else if (!ending) {
        port.failed(Queue.FATAL, "the worker failed with " + cause);
      }
    }

    /**
     * Finds out whose guest took memory away under its rings. As the JVM may raise the fault late,
     * that is not always the port in which it surfaced.
     *
     * @param surfaced that port, if it was in one
     */
    private void memoryFault(@Nullable Port surfaced, InternalError fault) {
      if (ending) {
        return;
      }
      boolean here = surfaced != null && surfaced.findFault();
      boolean elsewhere = false;
      for (Port port : ports) {
        elsewhere |= port != surfaced && port.findFault();
      }
      if (surfaced != null && !here) {
        if (elsewhere) {
          surfaced.disturbed();
        } else {
          surfaced.failed(Queue.FATAL, "the worker failed with " + fault);
        }
      }
    }

    private void sleep(Port[] all) {
      long now = System.nanoTime();
      long timeout = Long.MAX_VALUE;
      for (Port port : all) {
        timeout = Math.min(timeout, prepareSleep(port, now));
        if (ending) {
          return;
        }
      }
      if (timeout > 0) {
        boolean woken = wait.await(timeout == Long.MAX_VALUE ? -1 : timeout);
        if (woken) {
          spin.slept(System.nanoTime() - now);
        }
        if (Thread.interrupted()) {
          // Nobody of ours interrupts a worker: a backend did so to itself. It must not spread.
          return;
        }
      }
    }

    @SuppressWarnings("CatchingUnchecked") // as in run
    private long prepareSleep(Port port, long now) {
      if (!enter(port)) {
        return 0;
      }
      try {
        return port.prepareSleep(now);
      } catch (Exception | Error e) {
        failed(port, e);
        return 0;
      } finally {
        here.setOpaque(null);
      }
    }
  }
}
