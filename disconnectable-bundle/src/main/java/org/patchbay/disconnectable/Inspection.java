package org.patchbay.disconnectable;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.patchbay.api.InspectNode;

/** Asks a plugged endpoint to describe itself, on a thread of its own. */
final class Inspection {

  private static final long LIMIT_MILLIS = 1000;

  private Inspection() {}

  /** Writes the endpoint's description, or a sentence on why there is none. Any thread. */
  static void of(FacadeEndpoint plug, InspectNode node, Errands errands) {
    // A tree of its own: who does not answer in time may still be writing to it.
    InspectNode answer = new InspectNode();
    AtomicBoolean visited = new AtomicBoolean();
    Future<?> visit =
        errands.start(
            () -> {
              try {
                visited.set(plug.visit(endpoint -> endpoint.inspect(answer)));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try {
      visit.get(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
      if (visited.get()) {
        node.addAll(answer);
      } else {
        node.value("inspection", "endpoint " + plug.name() + " has left");
      }
    } catch (TimeoutException e) {
      visit.cancel(true);
      node.value(
          "inspection",
          "endpoint " + plug.name() + " did not answer within " + LIMIT_MILLIS + " ms");
    } catch (ExecutionException e) {
      node.value("inspection", "endpoint " + plug.name() + " threw " + e.getCause());
    } catch (InterruptedException e) {
      visit.cancel(true);
      Thread.currentThread().interrupt();
      node.value("inspection", "the inspection was interrupted");
    }
  }
}
