package org.patchbay.loopback;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.ProvidesBackend;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;

/** An endpoint each of whose queues receives what it transmits. */
@ProvidesBackend(type = LoopbackEndpoint.TYPE, vendor = "Patchbay", version = "0.1.0")
@Component(
    service = Endpoint.class,
    scope = ServiceScope.PROTOTYPE,
    property = {
      Endpoint.PROPERTY_NAME + "=loopback",
      Endpoint.PROPERTY_TYPE + "=" + LoopbackEndpoint.TYPE,
      Endpoint.PROPERTY_ORDERED + ":Boolean=true",
      Endpoint.PROPERTY_MAX_QUEUES + ":Integer=" + LoopbackEndpoint.MAX_QUEUES,
      Endpoint.PROPERTY_LINK_SPEED + ":Long=" + Endpoint.DEFAULT_LINK_SPEED
    })
public final class LoopbackEndpoint implements Endpoint {

  /** The backend type. */
  public static final String TYPE = "loopback";

  /** Largest number of queues. */
  public static final int MAX_QUEUES = 65535;

  private static final MultiQueueSupport MULTI_QUEUE = new MultiQueueSupport(MAX_QUEUES, 64);

  private final OpenQueues open = new OpenQueues();

  // Volatile because inspect() comes from any thread.
  private volatile List<LoopbackQueue> queues = List.of();

  /** An endpoint without queues. */
  public LoopbackEndpoint() {}

  @Override
  public String endpointType() {
    return TYPE;
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    open.open(configs.size(), MULTI_QUEUE);
    List<LoopbackQueue> opened = new ArrayList<>(configs.size());
    for (QueueConfig config : configs) {
      opened.add(new LoopbackQueue(open, config.driver()));
    }
    queues = List.copyOf(opened);
    return List.copyOf(opened);
  }

  @Override
  public void stop() {
    open.requireNone();
    queues = List.of();
  }

  @Override
  public boolean isOrdered() {
    return true;
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return MULTI_QUEUE;
  }

  @Override
  public void inspect(InspectNode node) {
    Endpoint.super.inspect(node);
    List<LoopbackQueue> shown = queues;
    for (int i = 0; i < shown.size(); i++) {
      shown.get(i).statistics().inspect(node.child("queue-" + i));
    }
  }
}
