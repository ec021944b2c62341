package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RssConfig;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.driver.OwnedQueueDriver;

/**
 * The open queues of a NIC's endpoint with their drivers: queue {@code i} is driven by worker
 * {@code i}. Owns both.
 *
 * <p>The coordinator's, except what any thread may read.
 */
final class PlugQueues {

  /** The key of a Toeplitz hash under which both directions of a flow fall into the same queue. */
  private static final int RSS_KEY_BYTES = 40;

  private final EngineSettings settings;
  private final DisconnectableEndpoint endpoint;
  private final List<EngineWorker> workers;
  private final List<Queue> queues = new ArrayList<>();
  private final List<OwnedQueueDriver> drivers = new ArrayList<>();
  private final Counter closedTxErrors = new Counter();
  private final Counter closedRxErrors = new Counter();
  private volatile List<QueueStatistics> statistics = List.of();

  PlugQueues(EngineSettings settings, DisconnectableEndpoint endpoint, List<EngineWorker> workers) {
    this.settings = settings;
    this.endpoint = endpoint;
    this.workers = workers;
  }

  /**
   * Opens as many queues as the current endpoint has, up to a number. What is opened may have fewer
   * than what was current before the call, as another may take its place within; then it is asked
   * again.
   *
   * @param most at least 1, at most as many as workers
   * @throws EndpointException if not even one can be opened; none is left
   */
  void open(int most) throws EndpointException {
    int count = Math.min(most, support().maxQueues());
    while (true) {
      try {
        openAll(count);
        return;
      } catch (EndpointException e) {
        close();
        if (e.error() != EndpointError.TOO_MANY_QUEUES || count == 1) {
          throw e;
        }
        count = Math.min(count - 1, support().maxQueues());
      }
    }
  }

  private MultiQueueSupport support() {
    if (endpoint.isFallback()) {
      return new MultiQueueSupport(workers.size(), 0); // it takes any number
    }
    return endpoint.multiQueueSupport();
  }

  private void openAll(int count) throws EndpointException {
    List<QueueConfig> configs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      OwnedQueueDriver driver = workers.get(i).openDriver();
      drivers.add(driver);
      configs.add(new QueueConfig(driver, settings.macAddress(), settings.mtu()));
    }
    queues.addAll(endpoint.getQueues(configs, spread(count)));
    statistics = queues.stream().map(Queue::statistics).toList();
  }

  /** How received flows are to be spread over the queues; null for one. */
  private @Nullable RssConfig spread(int count) {
    int entries = count == 1 ? 0 : support().indirectionTableSize();
    if (entries == 0) {
      return null;
    }
    byte[] key = new byte[RSS_KEY_BYTES];
    for (int i = 0; i < key.length; i += 2) {
      key[i] = 0x6d;
      key[i + 1] = 0x5a;
    }
    int[] table = new int[entries];
    for (int i = 0; i < entries; i++) {
      table[i] = i % count;
    }
    return new RssConfig(key, table, 0);
  }

  /** How many are open. */
  int size() {
    return queues.size();
  }

  Queue get(int index) {
    return queues.get(index);
  }

  /** Closes a queue beneath a worker that is stuck in it; a second close does nothing. */
  void cutOff(int index) {
    if (index < queues.size()) {
      queues.get(index).close();
    }
  }

  /** Closes all queues, then their drivers. */
  void close() {
    queues.forEach(Queue::close);
    queues.clear();
    List<QueueStatistics> last = statistics;
    statistics = List.of();
    for (QueueStatistics each : last) {
      closedTxErrors.add(each.txErrors());
      closedRxErrors.add(each.rxErrors());
    }
    drivers.forEach(OwnedQueueDriver::close);
    drivers.clear();
  }

  // ---- any thread ----

  /** How many are open. */
  int count() {
    return statistics.size();
  }

  /** Packets that queues could not transmit, over all plugs. */
  long txErrors() {
    long sum = closedTxErrors.get();
    for (QueueStatistics each : statistics) {
      sum += each.txErrors();
    }
    return sum;
  }

  /** Packets that queues could not receive, over all plugs. */
  long rxErrors() {
    long sum = closedRxErrors.get();
    for (QueueStatistics each : statistics) {
      sum += each.rxErrors();
    }
    return sum;
  }
}
