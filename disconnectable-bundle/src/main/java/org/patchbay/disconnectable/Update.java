package org.patchbay.disconnectable;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapReason;

/** What the coordinator is asked to do, one at a time, in the order in which it was asked. */
sealed interface Update {

  /**
   * Make a leased plug current.
   *
   * @param promise completes with the swap; null where nobody asked
   */
  record Connect(FacadeEndpoint plug, SwapReason reason, @Nullable CompletableFuture<Swap> promise)
      implements Update {}

  /** Go to the fallback. */
  record Disconnect(CompletableFuture<Swap> promise) implements Update {}

  /** Go to the fallback for good: the disconnectable closes. */
  record Close() implements Update {}

  /**
   * A plug's service leaves.
   *
   * @param substitute what to take in its place; completes empty if there is nothing
   */
  record Left(FacadeEndpoint plug, CompletableFuture<Optional<FacadeEndpoint>> substitute)
      implements Update {}

  /**
   * A plug failed.
   *
   * @param cause one sentence
   * @param substitute what to take in its place; completes empty if there is nothing
   */
  record Failed(
      FacadeEndpoint plug, String cause, CompletableFuture<Optional<FacadeEndpoint>> substitute)
      implements Update {}

  /**
   * A plugged endpoint wants something.
   *
   * @param taken released when the coordinator has taken the action, so that the next may come
   */
  record Action(FacadeEndpoint plug, EndpointAction action, Semaphore taken) implements Update {}
}
