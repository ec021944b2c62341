package org.patchbay.frontend;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;
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

  private final String name;
  private final long spinNanos;
  private final WorkerWaitFactory waits;
  private final StuckWatch watch;
  private final GivenUpThreads givenUp = new GivenUpThreads();
  private volatile Port[] ports = new Port[0];
  private volatile Loop loop;

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
    watch.add(this);
  }

  private Loop startLoop() throws EndpointException {
    Loop started = new Loop(waits.open());
    boolean running = false;
    try {
      started.thread.start();
      running = true;
      return started;
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

  /** Whether the calling thread is the worker's present one. */
  boolean isHere() {
    return loop.thread == Thread.currentThread();
  }

  /**
   * Runs an action once none of the threads that workers gave up before now is there any more: on
   * the last of them, or at once on the calling thread.
   */
  static void whenUnused(List<EngineWorker> workers, Runnable action) {
    Runnable next = action;
    for (EngineWorker worker : workers) {
      Runnable then = next;
      next = () -> worker.givenUp.whenGone(then);
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

  /**
   * Gives the present thread up, as it is stuck in a call, and starts another. On a coordinator.
   *
   * @param port its port, which this thread does not let rest
   * @return what the thread is stuck in
   */
  synchronized @Nullable StuckCall replaceThread(Port port) throws EndpointException {
    Loop stuck = loop;
    Port culprit = stuck.here.getOpaque();
    StuckCall call = (culprit == null ? port : culprit).stuckCall(stuck.thread);
    stuck.ending = true;
    port.giveUp();
    if (culprit != null && culprit != port) {
      culprit.seize();
    }
    givenUp.add(stuck.thread, call);
    loop = startLoop();
    stuck.wait.wake();
    for (Port other : ports) {
      if (other != port) {
        other.workerReplaced();
      }
    }
    return call;
  }

  @Override
  public void close() {
    watch.remove(this);
    Loop last = loop;
    last.ending = true;
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

    @Override
    public void run() {
      try {
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
      enter(port);
      try {
        return port.run(now);
      } catch (Exception | Error e) {
        failed(port, e);
        return 1;
      } finally {
        here.setOpaque(null);
      }
    }

    private void enter(Port port) {
      entries.add(1);
      here.setOpaque(port);
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
      enter(port);
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
