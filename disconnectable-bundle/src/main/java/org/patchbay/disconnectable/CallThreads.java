package org.patchbay.disconnectable;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads on which vendors' control calls run, so that whoever needs a call can go on without it.
 *
 * <p>A swap makes a few calls within some microseconds, and guests wait meanwhile. Where there are
 * cores to spare, a thread that has done a call looks out for the next one a little while before it
 * sleeps, and whoever waits for a call looks for its end a little while before it sleeps. On fewer
 * cores, where the worker has one, the two would only keep each other from running: there both
 * sleep at once, and a call costs the round trip of two wake-ups. The first call of a swap asks for
 * capabilities, before the workers halt.
 *
 * <p>Threads end when they were not needed for ten seconds, or are older than a minute and have
 * nothing to do, so that what a vendor leaves in their thread locals does not stay. A thread whose
 * call never returns is never needed again.
 */
final class CallThreads implements AutoCloseable {

  private static final boolean MANY_CORES = Runtime.getRuntime().availableProcessors() >= 4;
  private static final long LOOK_OUT_NANOS = MANY_CORES ? 100_000 : 0;
  private static final long LOOK_NANOS = MANY_CORES ? 30_000 : 0;
  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MOST_AGE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** What a vendor's call does. */
  interface Body<T> {
    T run() throws Exception;
  }

  private final AtomicInteger number = new AtomicInteger();
  // The one that was needed last is at the end.
  private final ConcurrentLinkedDeque<CallThread> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  /** Has a thread run a call. */
  <T> Call<T> start(Body<T> body) {
    Call<T> call = new Call<>(body);
    CallThread thread = idle.pollLast();
    if (thread == null) {
      thread = new CallThread("patchbay-call-" + number.incrementAndGet());
    }
    try {
      thread.run(call);
    } catch (OutOfMemoryError e) { // the system has no thread left
      call.failure = e;
      call.finish();
    }
    return call;
  }

  /** Ends the threads that have nothing to do at once, the others after their calls. */
  @Override
  public void close() {
    closed = true;
    idle.forEach(thread -> LockSupport.unpark(thread.thread));
  }

  /** One call on its way. The caller's, except where the thread that runs it is named. */
  static final class Call<T> {

    private final Body<T> body;
    private final AtomicBoolean begun = new AtomicBoolean();
    // Written by the thread that runs the call, and published by done.
    private @Nullable T result;
    private @Nullable Throwable failure;
    private volatile boolean done;
    private volatile @Nullable Thread sleeper;

    Call(Body<T> body) {
      this.body = body;
    }

    /** Of the thread that runs the call. */
    private void run() {
      if (!begun.compareAndSet(false, true)) {
        return; // cancelled
      }
      try {
        result = body.run();
      } catch (Throwable e) { // a vendor's; even an Error ends here
        failure = e;
      }
    }

    /** Of the thread that ran the call, which may have been given another one by now. */
    private void finish() {
      done = true;
      Thread thread = sleeper;
      if (thread != null) {
        LockSupport.unpark(thread);
      }
    }

    /**
     * Waits for the call's end. Interrupts are kept for later.
     *
     * @param deadlineNanos latest moment of {@link System#nanoTime()}
     * @return whether it has ended
     */
    boolean await(long deadlineNanos) {
      long begun = System.nanoTime();
      while (!done && System.nanoTime() - begun < LOOK_NANOS) {
        Thread.onSpinWait();
      }
      boolean interrupted = false;
      if (!done) {
        sleeper = Thread.currentThread();
        long left;
        while (!done && (left = deadlineNanos - System.nanoTime()) > 0) {
          LockSupport.parkNanos(this, left);
          interrupted |= Thread.interrupted();
        }
        sleeper = null;
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return done;
    }

    /** Keeps a call from running that has not begun; false if it has, or had. */
    boolean cancel() {
      return begun.compareAndSet(false, true);
    }

    /** What the call answered, after its end; throws what it threw. */
    T result() throws Throwable {
      Throwable thrown = failure;
      if (thrown != null) {
        throw thrown;
      }
      T answer = result;
      if (answer == null) {
        throw new IllegalStateException("the call has not ended");
      }
      return answer;
    }
  }

  /** One thread with the call that it was given. */
  private final class CallThread implements Runnable {

    private final String name;
    private final Thread thread;
    private final long born = System.nanoTime();
    private volatile @Nullable Call<?> given;
    private volatile boolean asleep;
    private boolean started;

    CallThread(String name) {
      this.name = name;
      thread =
          Thread.ofPlatform()
              .daemon()
              .inheritInheritableThreadLocals(false)
              .name(name)
              .unstarted(this);
      thread.setContextClassLoader(null);
    }

    /** Gives it a call. Of whoever took it from the idle ones, or made it. */
    void run(Call<?> call) {
      given = call;
      if (!started) {
        started = true;
        thread.start();
      } else if (asleep) {
        LockSupport.unpark(thread);
      }
    }

    @Override
    public void run() {
      Call<?> call = given;
      while (call != null) {
        given = null;
        call.run();
        tidy();
        // Idle before the caller knows, who may have the next call for it at once.
        boolean kept = !closed;
        if (kept) {
          idle.addLast(this);
        }
        call.finish();
        call = kept ? next() : null;
      }
    }

    /** Takes back what a vendor may have done to the thread. */
    private void tidy() {
      Thread.interrupted();
      if (thread.getContextClassLoader() != null) {
        thread.setContextClassLoader(null);
      }
      if (!thread.getName().equals(name)) {
        thread.setName(name);
      }
    }

    /** The next call, or null if this thread is not needed any more. */
    private @Nullable Call<?> next() {
      long since = System.nanoTime();
      while (true) {
        Call<?> call = given;
        if (call != null) {
          return call;
        }
        long now = System.nanoTime();
        if (now - since < LOOK_OUT_NANOS && !closed) {
          Thread.onSpinWait();
        } else if (closed || now - since > KEEP_NANOS || now - born > MOST_AGE_NANOS) {
          if (idle.remove(this)) {
            return null;
          }
          Thread.onSpinWait(); // somebody has just taken it, and gives it a call
        } else {
          asleep = true;
          if (given == null && !closed) {
            LockSupport.parkNanos(this, KEEP_NANOS);
          }
          asleep = false;
        }
      }
    }
  }
}
