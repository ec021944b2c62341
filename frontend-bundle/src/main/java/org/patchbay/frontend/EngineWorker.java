package org.patchbay.frontend;

import java.util.Arrays;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Queue;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.api.driver.WorkerWaitFactory;

/**
 * The worker's loop: one pass over its ports after the other; when idle, polling for a while and
 * then one sleep that everything can end.
 *
 * <p>A thread that is stuck in a backend's call can be given up: a fresh one takes the ports over,
 * and the old one ends when its call returns.
 */
final class EngineWorker implements Worker {

  private static final long CLOSE_TIMEOUT_MILLIS = 3_000;

  private final String name;
  private final long spinNanos;
  private final WorkerWaitFactory waits;
  private final GivenUpThreads givenUp = new GivenUpThreads();
  private volatile Port[] ports = new Port[0];
  private volatile Loop loop;

  EngineWorker(String name, long spinNanos, WorkerWaitFactory waits) throws EndpointException {
    this.name = name;
    this.spinNanos = spinNanos;
    this.waits = waits;
    loop = startLoop();
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

  Watch watch(int descriptor) throws EndpointException {
    return loop.wait.watch(descriptor);
  }

  /**
   * Runs an action once no thread that was given up is there any more: on the last of them, or at
   * once on the calling thread.
   */
  void whenUnused(Runnable action) {
    givenUp.whenGone(action);
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

  /**
   * Gives the present thread up, as it is stuck in a call, and starts another.
   *
   * @param culprit the port whose queue it is stuck in
   * @return the name of the thread that was given up
   */
  String replaceThread(Port culprit) throws EndpointException {
    Loop stuck = loop;
    stuck.ending = true;
    givenUp.add(stuck.thread);
    loop = startLoop();
    stuck.wait.wake();
    for (Port port : ports) {
      if (port != culprit) {
        port.workerReplaced();
      }
    }
    return stuck.thread.getName();
  }

  @Override
  public void close() {
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
    final Thread thread;
    volatile boolean ending;

    Loop(WorkerWait wait) {
      this.wait = wait;
      thread = Thread.ofPlatform().daemon().name("patchbay-" + name).unstarted(this);
    }

    @Override
    public void run() {
      try {
        SpinPolicy spin = new SpinPolicy(spinNanos);
        long betweenSince = 0;
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
          if (between && now - betweenSince < BETWEEN_QUEUES_NANOS || spin.keepPolling(now)) {
            Thread.onSpinWait();
            continue;
          }
          sleep(all, spin);
        }
      } finally {
        wait.close();
        givenUp.remove(thread);
      }
    }

    @SuppressWarnings("CatchingUnchecked") // a fault in one port must not end the others' thread
    private int run(Port port, long now) {
      try {
        return port.run(now);
      } catch (Exception | Error e) {
        if (ending) {
          return 0;
        }
        return port.failed(Queue.FATAL, "the worker failed with " + e);
      }
    }

    private void sleep(Port[] all, SpinPolicy spin) {
      long now = System.nanoTime();
      long timeout = Long.MAX_VALUE;
      for (Port port : all) {
        timeout = Math.min(timeout, port.prepareSleep(now));
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
  }
}
