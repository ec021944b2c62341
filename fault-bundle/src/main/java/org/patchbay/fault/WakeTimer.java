package org.patchbay.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.patchbay.api.QueueDriver;

/**
 * Wakes workers when frames that wait are due: one thread for the queues of an endpoint, as a
 * driver itself has no clock. The thread ends when the last queue was closed.
 */
final class WakeTimer implements AutoCloseable {

  private static final long NEVER = Long.MAX_VALUE;
  private static final long JOIN_MILLIS = 1000;

  private final List<Alarm> alarms = new ArrayList<>();
  private final AtomicInteger open;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param name of the endpoint
   * @param drivers of the queues
   */
  WakeTimer(String name, List<QueueDriver> drivers) {
    long now = System.nanoTime();
    open = new AtomicInteger(drivers.size());
    for (QueueDriver driver : drivers) {
      alarms.add(new Alarm(driver, now));
    }
    thread =
        Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name("fault-" + name + " timer")
            .unstarted(() -> run(now));
    thread.start();
  }

  /** One queue's alarm. The worker sets it, the timer's thread rings it. */
  final class Alarm {
    private final QueueDriver driver;
    private final long epoch;
    // When to ring, in nanoseconds after the epoch.
    private volatile long time = NEVER;

    private Alarm(QueueDriver driver, long epoch) {
      this.driver = driver;
      this.epoch = epoch;
    }

    /**
     * Sets it; a worker is woken once, soon after.
     *
     * @param at by {@link System#nanoTime()}
     */
    void set(long at) {
      long wanted = at - epoch;
      // Many sleeps end before the time has come: it is set already.
      if (time != wanted) {
        time = wanted;
        LockSupport.unpark(thread);
      }
    }

    /** Wakes the worker at once. */
    void ring() {
      driver.wake();
    }

    /** The queue was closed; once. */
    void end() {
      time = NEVER;
      if (open.decrementAndGet() == 0) {
        closed = true;
        LockSupport.unpark(thread);
      }
    }
  }

  /** The alarm of a queue. */
  Alarm alarm(int queue) {
    return alarms.get(queue);
  }

  private void run(long epoch) {
    while (!closed) {
      long now = System.nanoTime() - epoch;
      long next = NEVER;
      for (Alarm alarm : alarms) {
        long time = alarm.time;
        if (time <= now) {
          alarm.time = NEVER;
          alarm.driver.wake();
        } else {
          next = Math.min(next, time);
        }
      }
      if (next == NEVER) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, next - now);
      }
    }
  }

  /** Ends the thread, and waits a second at most until it has ended. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
