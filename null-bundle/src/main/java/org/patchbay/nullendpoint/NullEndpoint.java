package org.patchbay.nullendpoint;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxOffloadSupport;

/** An endpoint whose queues accept every packet, drop it, and never receive one. */
public class NullEndpoint implements Endpoint {

  /** The backend type. */
  public static final String TYPE = "null";

  /** Largest number of queues. */
  public static final int MAX_QUEUES = 65535;

  private static final MultiQueueSupport MULTI_QUEUE = new MultiQueueSupport(MAX_QUEUES, 128);

  private final OpenQueues open = new OpenQueues();

  // Volatile because inspect() comes from any thread.
  private volatile List<NullQueue> queues = List.of();

  /** An endpoint without queues. */
  public NullEndpoint() {}

  @Override
  public String endpointType() {
    return TYPE;
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    open.open(configs.size(), MULTI_QUEUE);
    List<NullQueue> opened = new ArrayList<>(configs.size());
    for (int i = 0; i < configs.size(); i++) {
      opened.add(new NullQueue(open));
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
  public TxOffloadSupport txOffloadSupport() {
    return TxOffloadSupport.ALL;
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return MULTI_QUEUE;
  }

  /** Leaving the traffic where it is is fine; moving it to a virtual function is unsupported. */
  @Override
  public void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    if (useVf) {
      Endpoint.super.setDataPathToGuestVf(true);
    }
  }

  @Override
  public void inspect(InspectNode node) {
    Endpoint.super.inspect(node);
    List<NullQueue> shown = queues;
    for (int i = 0; i < shown.size(); i++) {
      shown.get(i).statistics().inspect(node.child("queue-" + i));
    }
  }
}
