package org.patchbay.conformance.command;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls that end in the code of whoever wrote the bundle under test. */
final class Bounded {

  /** How long one may take. */
  static final Duration LIMIT = Duration.ofSeconds(15);

  private Bounded() {}

  /**
   * Makes a call on a thread of its own, and gives it up after a while.
   *
   * @param what the call, as the beginning of a sentence on it
   * @throws CommandException if it does not end in time
   * @throws ExecutionException if it throws
   */
  static <T> T call(String what, Callable<T> body)
      throws CommandException, ExecutionException, InterruptedException {
    FutureTask<T> task = new FutureTask<>(body);
    Thread thread = Thread.ofPlatform().daemon().name("conformance-call").start(task);
    try {
      return task.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      StackTraceElement[] stack = thread.getStackTrace();
      thread.interrupt();
      throw new CommandException(
          what
              + " did not end within "
              + LIMIT.toSeconds()
              + " s; its thread is "
              + (stack.length == 0 ? "gone" : "in " + stack[0])
              + ".");
    }
  }
}
