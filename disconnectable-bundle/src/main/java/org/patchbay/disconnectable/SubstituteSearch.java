package org.patchbay.disconnectable;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.control.SwapReason;

/** The coordinator's side of a search for a substitute, which an errand does. Coordinator. */
final class SubstituteSearch {

  private static final long LIMIT_MILLIS = 500;

  private final PlugSet plugs;
  private final Mailbox mailbox;

  SubstituteSearch(PlugSet plugs, Mailbox mailbox) {
    this.plugs = plugs;
    this.mailbox = mailbox;
  }

  /**
   * Waits for a search's find, bounded; interrupts are kept for later.
   *
   * @return a plug that was adopted, or null if nothing was found in time; a later find is offered
   *     as an arrival
   */
  @Nullable FacadeEndpoint adopt(CompletableFuture<Optional<FacadeEndpoint>> search) {
    FacadeEndpoint found = await(search);
    if (found == null || found.adopt()) {
      return found;
    }
    plugs.giveBack(found); // it left meanwhile
    return null;
  }

  private @Nullable FacadeEndpoint await(CompletableFuture<Optional<FacadeEndpoint>> search) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
    try {
      while (true) {
        try {
          return search.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS).orElse(null);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (TimeoutException e) {
      search.thenAccept(late -> late.ifPresent(this::offer));
      return null;
    } catch (ExecutionException e) {
      return null; // the errand has logged it
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void offer(FacadeEndpoint plug) {
    mailbox.put(new Update.Connect(plug, SwapReason.FAILED_OVER, null));
  }

  /** Nobody needs the find any more. */
  void drop(CompletableFuture<Optional<FacadeEndpoint>> search) {
    search.thenAccept(
        found ->
            found.ifPresent(
                plug -> {
                  plug.discard();
                  plugs.giveBack(plug);
                }));
  }
}
