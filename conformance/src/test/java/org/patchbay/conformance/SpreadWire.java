package org.patchbay.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.RssConfig;
import org.patchbay.conformance.support.TestFrames;

/** A wire with several queues, over which it spreads frames as the RssConfig says. */
final class SpreadWire extends Wire {

  /** The frames that wait for one queue. */
  private record Lane(ConcurrentLinkedQueue<byte[]> frames, QueueDriver driver) {}

  private final boolean copies;
  private volatile List<Lane> lanes = List.of();
  private int @Nullable [] table;

  /**
   * @param copies whether it copies the table, as it should
   */
  SpreadWire(boolean copies) {
    this.copies = copies;
  }

  /** An endpoint that leads to it. */
  EchoEndpoint endpoint() {
    return new EchoEndpoint() {
      @Override
      public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
          throws EndpointException {
        open.open(configs.size(), multiQueueSupport());
        table =
            rss == null ? null : copies ? rss.indirectionTable().clone() : rss.indirectionTable();
        return openLanes(open, configs);
      }
    };
  }

  private List<Queue> openLanes(OpenQueues open, List<QueueConfig> configs) {
    List<Lane> opened = new ArrayList<>();
    List<Queue> queues = new ArrayList<>();
    for (QueueConfig config : configs) {
      Lane lane = new Lane(new ConcurrentLinkedQueue<>(), config.driver());
      opened.add(lane);
      queues.add(open(open, lane.driver(), lane.frames()));
    }
    lanes = opened;
    return queues;
  }

  @Override
  public void inject(byte[] frame) {
    int sequence = TestFrames.sequence(frame);
    int[] indirection = table;
    int lane =
        indirection == null ? sequence % lanes.size() : indirection[sequence % indirection.length];
    if (lane >= 0 && lane < lanes.size()) {
      lanes.get(lane).frames().add(frame.clone());
      lanes.get(lane).driver().wake();
    }
  }
}
