package org.patchbay.benchmarks;

import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;

/**
 * Follows the receive ids of one NIC over all its endpoints, independently of the engine's own
 * ledger: each is with one queue at most, and a queue gives back only what it got. The queues of a
 * NIC with one worker are used one after the other, so the set needs no lock.
 */
final class IdAudit {

  private final BitSet held = new BitSet();
  private final AtomicLong faults = new AtomicLong();
  private final AtomicLong queues = new AtomicLong();

  /** Ids that were posted while a queue had them, or came back from one that had not. */
  long faults() {
    return faults.get();
  }

  /** How many queues were opened. */
  long queues() {
    return queues.get();
  }

  /** An endpoint whose queues are followed. */
  Endpoint follow(Endpoint endpoint) {
    return new FollowedEndpoint(endpoint);
  }

  private final class FollowedEndpoint extends DelegatingEndpoint {

    FollowedEndpoint(Endpoint delegate) {
      super(delegate);
    }

    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      return super.getQueues(configs, rss).stream().<Queue>map(FollowedQueue::new).toList();
    }
  }

  private final class FollowedQueue extends DelegatingQueue {

    FollowedQueue(Queue delegate) {
      super(delegate);
      queues.incrementAndGet();
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      for (int i = 0; i < count; i++) {
        if (held.get(ids[i])) {
          faults.incrementAndGet();
        }
        held.set(ids[i]);
      }
      return super.rxAvail(buffers, ids, count);
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      int count = super.rxPoll(buffers, ids, space);
      for (int i = 0; i < count; i++) {
        if (!held.get(ids[i])) {
          faults.incrementAndGet();
        }
        held.clear(ids[i]);
      }
      return count;
    }

    @Override
    public void close() {
      super.close();
      held.clear();
    }
  }
}
