package org.patchbay.api.control;

import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;

/**
 * The endpoint that an engine drives while the real one behind it comes and goes.
 *
 * <p>Protocol of a swap, all on the coordinator's thread:
 *
 * <ol>
 *   <li>{@link #awaitAction} makes the new endpoint current and answers {@link
 *       EndpointAction.RestartRequired}.
 *   <li>The engine halts its workers, collects what the old queues still deliver and closes them.
 *   <li>{@link #getQueues} stops the old endpoint and opens the new one's queues. It does not fail
 *       because of a backend: one that can't be opened is replaced by the old one, the next match,
 *       or the fallback, and the swap's record tells; so ask for {@link #generation} and {@link
 *       #isFallback} afterwards. It fails with {@code BUSY} and {@code TOO_MANY_QUEUES} only, for
 *       the engine's own mistakes.
 *   <li>The engine starts its workers and calls {@link #restarted}.
 *   <li>The next {@link #awaitAction} completes the swap for whoever asked for it.
 * </ol>
 *
 * <p>Queues answer {@link org.patchbay.api.Queue#GONE} once their endpoint has left by force; the
 * worker then waits for its coordinator.
 */
@ProviderType
public interface DisconnectableEndpoint extends Endpoint {

  /**
   * Waits for the next action.
   *
   * @param timeoutNanos nanoseconds; 0 only looks, a negative number waits for ever
   * @return the action, or null on timeout or {@link #wakeAwait}
   * @throws InterruptedException when interrupted; no action is lost
   */
  @Nullable EndpointAction awaitAction(long timeoutNanos) throws InterruptedException;

  /** Makes the present or next {@link #awaitAction} return null unless an action is there. */
  void wakeAwait();

  /** Number of the present plug; grows with each. */
  long generation();

  /** Name and origin of what is plugged now, for operators' sentences. */
  default String plugged() {
    return "endpoint of type " + endpointType();
  }

  /** Whether the private fallback is current, as no endpoint is plugged. */
  boolean isFallback();

  /**
   * Tells how the restart went that an action had asked for, or one of the engine's own. The latter
   * has no record unless it is told of here.
   */
  void restarted(RestartReport report);

  /**
   * Tells that the endpoint of a generation failed. It is unplugged like one that left, unless that
   * generation is over already. Any thread.
   *
   * @param generation the generation whose queue failed
   * @param cause one sentence for the operator
   */
  void failed(long generation, String cause);
}
