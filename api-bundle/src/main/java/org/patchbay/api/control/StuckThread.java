package org.patchbay.api.control;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A thread inside a vendor's call that does not return, although it was interrupted. The platform
 * has given it up and does without it.
 *
 * @param thread its name
 * @param call the method that does not return
 * @param endpoint name of the endpoint that is called
 * @param origin its bundle, as {@code bundle org.example.x 1.2.3}
 * @param holder the NIC, or {@code endpoint NAME} of the wrapper, for which the call was made
 * @param since when the call began or, of a queue's call, when its thread was given up
 * @param at where the thread is: the innermost method that is no part of the JDK
 */
public record StuckThread(
    String thread,
    String call,
    String endpoint,
    String origin,
    String holder,
    Instant since,
    String at) {

  /** One line for an operator; inspections show it as {@code stuck-thread}. */
  public String describe() {
    return "%s in %s of endpoint %s of %s, since %s (%d s), at %s"
        .formatted(
            thread,
            call,
            endpoint,
            origin,
            since.truncatedTo(ChronoUnit.SECONDS),
            Duration.between(since, Instant.now()).toSeconds(),
            at);
  }
}
