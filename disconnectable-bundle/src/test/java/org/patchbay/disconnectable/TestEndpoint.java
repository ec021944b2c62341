package org.patchbay.disconnectable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * A vendor's endpoint for tests: reflects each packet into a posted buffer, completes transmits by
 * txPoll, notes its calls, and does at each call what a test tells it to.
 */
class TestEndpoint implements Endpoint {

  /** What a test has a call do; it may throw, block, or unregister the service. */
  interface Hook {
    void at(String call) throws Exception;
  }

  final String name;
  final OpenQueues open = new OpenQueues();
  final AtomicInteger opens = new AtomicInteger();
  final AtomicInteger stops = new AtomicInteger();
  final AtomicInteger calls = new AtomicInteger();
  final List<String> log = new CopyOnWriteArrayList<>();
  final List<TestQueue> queues = new CopyOnWriteArrayList<>();
  final LinkedBlockingQueue<EndpointAction> actions = new LinkedBlockingQueue<>();
  final AtomicInteger waits = new AtomicInteger();
  volatile boolean ordered = true;
  volatile MultiQueueSupport multiQueue = new MultiQueueSupport(4, 0);
  volatile long speed = 1_000;
  volatile @Nullable Hook hook;
  volatile @Nullable EndpointException refusal;

  TestEndpoint(String name) {
    this.name = name;
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable e) throws T {
    throw (T) e;
  }

  void at(String call) {
    calls.incrementAndGet();
    Hook known = hook;
    if (known != null) {
      try {
        known.at(call);
      } catch (Throwable e) {
        TestEndpoint.<RuntimeException>sneak(e);
      }
    }
  }

  @Override
  public String endpointType() {
    return "test";
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    at("getQueues");
    EndpointException known = refusal;
    if (known != null) {
      throw known;
    }
    open.open(configs.size(), multiQueue);
    log.add("open");
    opens.incrementAndGet();
    List<Queue> opened = new ArrayList<>();
    for (QueueConfig config : configs) {
      TestQueue queue = new TestQueue(config);
      queues.add(queue);
      opened.add(queue);
    }
    return opened;
  }

  @Override
  public void stop() {
    at("stop");
    open.requireNone();
    stops.incrementAndGet();
    log.add("stop");
  }

  @Override
  public boolean isOrdered() {
    at("isOrdered");
    return ordered;
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return multiQueue;
  }

  @Override
  public long linkSpeed() {
    return speed;
  }

  @Override
  public EndpointAction waitForEndpointAction() throws InterruptedException {
    waits.incrementAndGet();
    try {
      at("wait");
      return actions.take();
    } finally {
      waits.decrementAndGet();
    }
  }

  @Override
  public void inspect(InspectNode node) {
    at("inspect");
    node.value("name", name);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Holds ids as a vendor does; used by one thread at a time, which it checks. */
  final class TestQueue implements Queue {
    private final QueueConfig config;
    private final ArrayDeque<Integer> posted = new ArrayDeque<>();
    private final ArrayDeque<Integer> filled = new ArrayDeque<>();
    private final ArrayDeque<Integer> sent = new ArrayDeque<>();
    private final QueueStatistics statistics = new QueueStatistics();
    private final AtomicInteger inside = new AtomicInteger();
    volatile boolean closed;
    volatile int callsAfterClose;

    TestQueue(QueueConfig config) {
      this.config = config;
    }

    private void enter(String call) {
      if (inside.getAndIncrement() != 0) {
        log.add("two threads inside");
      }
      if (closed) {
        callsAfterClose++;
      }
      at(call);
    }

    private <T> T leave(T answer) {
      inside.decrementAndGet();
      return answer;
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      try {
        enter("pollReady");
        return !filled.isEmpty() || !sent.isEmpty();
      } finally {
        leave(0);
      }
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      try {
        enter("rxAvail");
        for (int i = 0; i < count; i++) {
          posted.add(ids[i]);
        }
        return 0;
      } finally {
        leave(0);
      }
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      try {
        enter("rxPoll");
        return drain(filled, ids, space);
      } finally {
        leave(0);
      }
    }

    private int drain(ArrayDeque<Integer> from, int[] ids, int space) {
      int count = 0;
      while (count < space && !from.isEmpty()) {
        ids[count++] = from.remove();
      }
      return count;
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      try {
        enter("txAvail");
        int accepted = 0;
        while (accepted < batch.packetCount() && !posted.isEmpty()) {
          filled.add(posted.remove());
          sent.add(batch.id(accepted));
          accepted++;
        }
        statistics.addTxPackets(accepted);
        config.driver().wake();
        return TxResult.pending(accepted);
      } finally {
        leave(0);
      }
    }

    @Override
    public int txPoll(BufferAccess buffers, int[] ids, int space) {
      try {
        enter("txPoll");
        return drain(sent, ids, space);
      } finally {
        leave(0);
      }
    }

    @Override
    public QueueStatistics statistics() {
      return statistics;
    }

    @Override
    public void close() {
      at("close");
      if (!closed) {
        closed = true;
        log.add("close");
        open.close();
      }
    }
  }
}
