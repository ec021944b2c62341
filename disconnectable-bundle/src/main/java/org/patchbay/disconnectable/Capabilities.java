package org.patchbay.disconnectable;

import java.util.Objects;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.TxOffloadSupport;

/**
 * What an endpoint said of itself when it was last asked.
 *
 * @param type its backend type
 * @param ordered whether packets keep their order
 * @param offloads its transmit offloads
 * @param carriesVlan whether it takes a VLAN as metadata
 * @param multiQueue its numbers of queues and table entries
 * @param fastCompletions whether transmits complete soon
 * @param linkSpeed bits per second
 */
record Capabilities(
    String type,
    boolean ordered,
    TxOffloadSupport offloads,
    boolean carriesVlan,
    MultiQueueSupport multiQueue,
    boolean fastCompletions,
    long linkSpeed) {

  private static final int MOST_TYPE = 64;

  Capabilities {
    Objects.requireNonNull(type, "endpointType() is null");
    Objects.requireNonNull(offloads, "txOffloadSupport() is null");
    Objects.requireNonNull(multiQueue, "multiQueueSupport() is null");
    type = Sentences.clip(type, MOST_TYPE);
    if (linkSpeed < 0) {
      throw new IllegalArgumentException(
          "linkSpeed() is " + linkSpeed + "; allowed are 0 and more bits per second");
    }
  }

  /** Asks an endpoint; throws whatever it throws. */
  static Capabilities of(Endpoint endpoint) {
    return new Capabilities(
        endpoint.endpointType(),
        endpoint.isOrdered(),
        endpoint.txOffloadSupport(),
        endpoint.carriesVlan(),
        endpoint.multiQueueSupport(),
        endpoint.txFastCompletions(),
        endpoint.linkSpeed());
  }

  void inspect(InspectNode node) {
    node.value("ordered", ordered);
    node.value("offloads", String.join(" ", offloads.names()));
    node.value("carries-vlan", carriesVlan);
    node.value("max-queues", multiQueue.maxQueues());
    node.value("indirection-table", multiQueue.indirectionTableSize());
    node.value("fast-completions", fastCompletions);
    node.value("link-speed", linkSpeed);
  }
}
