package org.patchbay.disconnectable;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

/**
 * Runs the control calls of one plug, one at a time and each on a thread of {@link CallThreads},
 * and turns what they throw into typed errors.
 *
 * <p>A thread that ignores its interrupt can't be had back. So no call, of whatever backend, runs
 * on the thread that needs it: that one waits for {@link #LIMIT_NANOS}, interrupts, waits until
 * {@link #GIVE_UP_NANOS}, and goes on without. A call also knows its thread, so that a backend
 * which unregisters itself in mid-call is recognized.
 *
 * <p>Waking a thread and being woken by it costs more than most calls. So calls that follow each
 * other can be handed over together, each with a name and time of its own.
 */
final class VendorCall {

  /** How long a control call may take before its thread is interrupted. */
  static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a control call, or its turn, is waited for. */
  static final long GIVE_UP_NANOS = LIMIT_NANOS + TimeUnit.MILLISECONDS.toNanos(250);

  private static final long NAP_NANOS = 50_000;

  /** What runs inside the vendor's code. */
  interface Body<T> {
    T run() throws EndpointException;
  }

  /** Thrown when a call does not return, or does not get its turn. */
  static final class StuckException extends Exception {
    private static final long serialVersionUID = 1L;

    StuckException(String sentence) {
      super(sentence);
    }
  }

  /**
   * One of the calls that are handed over together.
   *
   * @param call the method, for operators
   * @param due asked on the call's thread when the ones before have ended; false leaves it out
   * @param body runs inside the vendor's code
   */
  record Step(String call, BooleanSupplier due, Runnable body) {}

  /** Told of each step that has ended and was not given up, on the call's thread. */
  interface Ended {
    /**
     * A step has ended.
     *
     * @param interrupted whether it took so long that it was interrupted
     * @param failure what it threw, or null
     */
    void ended(String call, boolean interrupted, @Nullable EndpointException failure);
  }

  /** A call, or several in a row, that have their turn. */
  private static final class Turn {
    // All guarded by the VendorCall once the turn has begun. The moment tells calls apart.
    String call;
    long begun = System.nanoTime();
    Instant since = Instant.now();
    @Nullable Thread thread;
    boolean interrupted;
    StuckThreads.@Nullable Entry stuck;

    Turn(String call) {
      this.call = call;
    }
  }

  private final String described;
  private final Lease lease;
  private final String holder;
  private final @Nullable CallThreads threads;
  private final StuckThreads stuck;

  // Guarded by this; nothing is called out while it is held.
  private @Nullable Turn turn;

  /**
   * @param lease whose endpoint is called
   * @param holder for whom it is called, as operators know it
   * @param threads where calls run; null if it is our own code, which returns
   * @param stuck is told of the threads that do not return
   */
  VendorCall(Lease lease, String holder, @Nullable CallThreads threads, StuckThreads stuck) {
    described = "endpoint " + lease.name() + " of " + lease.origin();
    this.lease = lease;
    this.holder = holder;
    this.threads = threads;
    this.stuck = stuck;
  }

  /** Runs a call, bounded; the calling thread is held no longer than {@link #GIVE_UP_NANOS}. */
  <T> T run(String call, Body<T> body) throws EndpointException, StuckException {
    return run(begin(call), body);
  }

  /**
   * Runs calls one after the other with a single hand-over, each bounded as in {@link #run(String,
   * Body)}. What one throws keeps none from the next; one that is given up does.
   *
   * @throws EndpointException if no thread could be had
   */
  void runEach(List<Step> steps, Ended ended) throws EndpointException, StuckException {
    Turn mine = begin(steps.getFirst().call());
    run(
        mine,
        () -> {
          for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step.due().getAsBoolean() && (i == 0 || next(mine, step.call()))) {
              run(mine, step, ended);
            }
          }
          return steps;
        });
  }

  private void run(Turn mine, Step step, Ended ended) {
    EndpointException failure = null;
    try {
      step.body().run();
    } catch (Throwable e) { // a vendor's; even an Error must not keep the others from their turn
      failure = failure(mine, e);
    }
    if (!isGivenUp(mine)) {
      ended.ended(step.call(), wasInterrupted(mine), failure);
    }
  }

  private <T> T run(Turn mine, Body<T> body) throws EndpointException, StuckException {
    if (threads == null) {
      return here(mine, body);
    }
    CallThreads.Call<T> aside =
        threads.start(
            () -> {
              enter(mine);
              try {
                return body.run();
              } finally {
                end(mine);
              }
            });
    long begun = begun(mine);
    while (!aside.await(begun + LIMIT_NANOS)) {
      if (interrupt(mine, begun) && !aside.await(begun + GIVE_UP_NANOS)) {
        leave(mine, begun, aside);
      }
      begun = begun(mine);
    }
    return answer(mine, aside);
  }

  /** Leaves a call to itself, unless it ends at the very moment. */
  private void leave(Turn mine, long begun, CallThreads.Call<?> aside) throws StuckException {
    if (aside.cancel()) {
      withdraw(mine);
      throw new StuckException("no thread could begin its " + mine.call);
    }
    while (begun(mine) == begun && !aside.await(System.nanoTime() + NAP_NANOS)) {
      if (giveUp(mine, begun)) {
        throw new StuckException("its " + mine.call + " does not return");
      }
    }
  }

  private <T> T answer(Turn mine, CallThreads.Call<T> aside) throws EndpointException {
    try {
      return aside.result();
    } catch (Throwable e) { // a vendor's; even an Error must not reach the coordinator
      throw failure(mine, e);
    } finally {
      withdraw(mine);
    }
  }

  private <T> T here(Turn mine, Body<T> body) throws EndpointException {
    try {
      enter(mine);
      return body.run();
    } catch (EndpointException e) {
      throw e;
    } catch (Throwable e) { // our own's, but the coordinator goes on all the same
      throw failure(mine, e);
    } finally {
      end(mine);
    }
  }

  private EndpointException failure(Turn mine, Throwable thrown) {
    if (thrown instanceof EndpointException typed) {
      return VendorFault.clean(typed);
    }
    return new EndpointException(
        EndpointError.BACKEND_FAILED,
        mine.call
            + " of "
            + described
            + (wasInterrupted(mine) ? " was interrupted after 1 s and" : "")
            + " threw "
            + VendorFault.describe(thrown),
        VendorFault.of(thrown));
  }

  private synchronized boolean isGivenUp(Turn mine) {
    return mine.stuck != null;
  }

  private synchronized boolean wasInterrupted(Turn mine) {
    return mine.interrupted;
  }

  private Turn begin(String call) throws StuckException {
    Turn mine = new Turn(call);
    while (!tryBegin(mine)) {
      if (System.nanoTime() - mine.begun > GIVE_UP_NANOS) {
        throw new StuckException(
            "its " + call + " can't be called, as another call does not return");
      }
      LockSupport.parkNanos(this, NAP_NANOS);
    }
    return mine;
  }

  private synchronized boolean tryBegin(Turn mine) throws StuckException {
    Turn other = turn;
    if (other == null) {
      turn = mine;
      return true;
    }
    if (other.stuck != null) {
      throw new StuckException(
          "its " + mine.call + " can't be called, as its " + other.call + " does not return");
    }
    return false;
  }

  private synchronized long begun(Turn mine) {
    return mine.begun;
  }

  private synchronized void enter(Turn mine) {
    mine.thread = Thread.currentThread();
  }

  /** Goes on to another call of the turn; false if it was given up in the one before. */
  private synchronized boolean next(Turn mine, String call) {
    if (mine.stuck != null) {
      return false;
    }
    forgetInterrupt(mine);
    mine.interrupted = false;
    mine.call = call;
    mine.begun = System.nanoTime();
    mine.since = Instant.now();
    return true;
  }

  /** Ends the call. */
  private synchronized void end(Turn mine) {
    mine.thread = null;
    forgetInterrupt(mine);
    withdraw(mine);
  }

  /** An interrupt that was meant for a call does not outlive it. On the call's thread. */
  private static void forgetInterrupt(Turn mine) {
    if (mine.interrupted) {
      Thread.interrupted();
    }
  }

  /** Gives the turn to the next. */
  private synchronized void withdraw(Turn mine) {
    if (turn == mine) {
      turn = null;
    }
    StuckThreads.Entry entry = mine.stuck;
    if (entry != null) {
      mine.stuck = null;
      stuck.remove(entry);
    }
  }

  /** Interrupts the call that began at a moment; false if another one has begun by now. */
  private synchronized boolean interrupt(Turn mine, long begun) {
    if (mine.begun != begun) {
      return false;
    }
    Thread thread = mine.thread;
    if (thread != null) {
      mine.interrupted = true;
      thread.interrupt();
    }
    return true;
  }

  /** Notes the call that began at a moment as left to itself; false if it has ended by now. */
  private synchronized boolean giveUp(Turn mine, long begun) {
    Thread thread = mine.thread;
    if (thread == null || mine.begun != begun) {
      return false;
    }
    StuckThreads.Entry entry =
        new StuckThreads.Entry(thread, mine.call, lease.name(), lease.origin(), holder, mine.since);
    mine.stuck = entry;
    stuck.add(entry);
    return true;
  }

  /** Notes the thread that may be inside a queue's gate as left to itself, until it comes out. */
  void leaveInside(Gate gate) {
    Thread thread = gate.inside();
    String queueCall = thread == null ? null : FacadeQueue.callOf(thread);
    if (thread != null && queueCall != null) {
      stuck.add(
          new StuckThreads.Entry(
              thread, queueCall, lease.name(), lease.origin(), holder, Instant.now(), gate));
    }
  }

  /** The call that a thread is inside of, or null. */
  synchronized @Nullable String of(Thread thread) {
    return turn != null && turn.thread == thread ? turn.call : null;
  }

  /** Whether nobody is inside, nor about to be. */
  synchronized boolean isFree() {
    return turn == null;
  }
}
