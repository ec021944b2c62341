package org.patchbay.conformance;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.RssConfig;

/** A correct endpoint that reflects packets, or whatever its queues do. */
class EchoEndpoint implements Endpoint {

  /** Makes a queue. */
  interface QueueMaker {
    Queue make(OpenQueues open, QueueDriver driver);
  }

  final OpenQueues open = new OpenQueues();
  private final QueueMaker maker;

  EchoEndpoint() {
    this(EchoQueue::new);
  }

  EchoEndpoint(QueueMaker maker) {
    this.maker = maker;
  }

  @Override
  public String endpointType() {
    return "echo";
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    open.open(configs.size(), multiQueueSupport());
    return makeQueues(configs);
  }

  final List<Queue> makeQueues(List<QueueConfig> configs) {
    List<Queue> queues = new ArrayList<>();
    for (QueueConfig config : configs) {
      queues.add(maker.make(open, config.driver()));
    }
    return queues;
  }

  @Override
  public void stop() {
    open.requireNone();
  }

  @Override
  public boolean isOrdered() {
    return true;
  }

  @Override
  public boolean txFastCompletions() {
    return true;
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return new MultiQueueSupport(4, 16);
  }
}
