package org.patchbay.benchmarks.macswap;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;

/** An endpoint each of whose queues returns its frames with their MAC addresses exchanged. */
public final class MacSwapEndpoint implements Endpoint {

  /** The backend type. */
  public static final String TYPE = "macswap";

  private static final MultiQueueSupport MULTI_QUEUE = new MultiQueueSupport(16, 0);

  private final OpenQueues open = new OpenQueues();

  /** An endpoint without queues. */
  public MacSwapEndpoint() {}

  @Override
  public String endpointType() {
    return TYPE;
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    open.open(configs.size(), MULTI_QUEUE);
    List<Queue> opened = new ArrayList<>(configs.size());
    for (QueueConfig config : configs) {
      opened.add(new MacSwapQueue(open, config.driver()));
    }
    return List.copyOf(opened);
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
  public MultiQueueSupport multiQueueSupport() {
    return MULTI_QUEUE;
  }
}
