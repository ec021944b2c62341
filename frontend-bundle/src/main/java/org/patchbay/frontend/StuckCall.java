package org.patchbay.frontend;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A queue call that does not return.
 *
 * @param nic name of the NIC whose queue it is
 * @param thread name of the thread that is in it
 * @param endpoint the plugged endpoint and its bundle, as operators read it
 * @param call the method of {@link org.patchbay.api.Queue}
 * @param at where the thread was when it was looked at, the innermost method of a bundle's
 * @param since when it was found to be stuck
 */
record StuckCall(
    String nic, String thread, String endpoint, String call, String at, Instant since) {

  private static final Set<String> CALLS =
      Set.of("pollReady", "rxAvail", "rxPoll", "txAvail", "txPoll", "updateTargetVp");

  /**
   * Looks at a thread.
   *
   * @return null if it is in no queue call
   */
  static @Nullable StuckCall of(Thread thread, String nic, String endpoint) {
    StackTraceElement[] stack = thread.getStackTrace();
    for (int i = stack.length - 1; i >= 0; i--) {
      if (!CALLS.contains(stack[i].getMethodName())) {
        continue;
      }
      String type = stack[i].getClassName();
      if (type.equals(PairPath.class.getName())) {
        return null; // asks the ring pair, whose method has that name, too
      }
      // The engine's own queue goes on when the call has returned.
      if (!type.equals(WorkerQueue.class.getName())) {
        return new StuckCall(
            nic,
            thread.getName(),
            endpoint,
            stack[i].getMethodName(),
            innermost(stack, i),
            Instant.now());
      }
    }
    return null;
  }

  /** The innermost method, from the queue's on, that is no part of the JDK. */
  private static String innermost(StackTraceElement[] stack, int queue) {
    for (int i = 0; i < queue; i++) {
      String type = stack[i].getClassName();
      if (!type.startsWith("java.") && !type.startsWith("jdk.") && !type.startsWith("sun.")) {
        return stack[i].toString();
      }
    }
    return stack[queue].toString();
  }

  /** One line for an operator. */
  String describe() {
    Instant from = since.truncatedTo(ChronoUnit.SECONDS);
    long seconds = Duration.between(since, Instant.now()).toSeconds();
    return "%s in %s of %s, since %s (%d s), at %s"
        .formatted(thread, call, endpoint, from, seconds, at);
  }
}
