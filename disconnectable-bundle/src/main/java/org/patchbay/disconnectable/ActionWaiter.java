package org.patchbay.disconnectable;

import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;

/**
 * Waits for the actions of one plugged endpoint, on a thread of its own, and puts them into the
 * mailbox, where they are kept until the coordinator takes them. The end of the plug interrupts it.
 * An endpoint that has ever more to say waits its turn, see {@link ActionLimit}.
 */
final class ActionWaiter implements Runnable {

  private final FacadeEndpoint plug;
  private final Mailbox mailbox;
  private final BiConsumer<FacadeEndpoint, String> failed;
  private final StuckThreads stuck;
  private final ActionLimit limit = new ActionLimit();
  private final Semaphore taken = new Semaphore(0);

  ActionWaiter(
      FacadeEndpoint plug,
      Mailbox mailbox,
      BiConsumer<FacadeEndpoint, String> failed,
      StuckThreads stuck) {
    this.plug = plug;
    this.mailbox = mailbox;
    this.failed = failed;
    this.stuck = stuck;
  }

  @Override
  public void run() {
    if (!plug.beginWaiting()) {
      return; // an earlier waiter of this plug, which rested and was revived, is still there
    }
    Thread here = Thread.currentThread();
    String usualName = here.getName();
    here.setName("patchbay-wait-" + Sentences.clip(plug.name(), 64));
    try {
      plug.visit("waitForEndpointAction", this::pump, stuck);
    } catch (InterruptedException e) {
      if (isWanted()) {
        failed.accept(plug, "its waitForEndpointAction was interrupted by its own doing");
      }
    } catch (Throwable e) { // a vendor's
      if (isWanted()) {
        failed.accept(plug, "its waitForEndpointAction threw " + VendorFault.describe(e));
      }
    } finally {
      here.setName(usualName);
      plug.endWaiting();
    }
  }

  private boolean isWanted() {
    return !plug.isLeaving() && !plug.isRetired();
  }

  private void pump(Endpoint endpoint) throws InterruptedException {
    while (isWanted()) {
      EndpointAction action = endpoint.waitForEndpointAction();
      if (action == null) {
        throw new NullPointerException("waitForEndpointAction() answered null");
      }
      if (action instanceof EndpointAction.RestartRequired && limit.isRestartTooMuch()) {
        failed.accept(plug, "it asked for a restart of its queues " + ActionLimit.RULE);
        return;
      }
      mailbox.put(new Update.Action(plug, action, taken));
      // An endpoint that has ever more to say must not fill the mailbox.
      taken.acquire();
      limit.pace();
    }
  }
}
