package org.patchbay.launcher;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * A bundle whose endpoint drops packets and has a fault, which is the last part of its bundle's
 * symbolic name: {@code completes-wrongly}, {@code exits} or {@code blocks}.
 */
public final class FaultyBackend implements BundleActivator {

  @Override
  public void start(BundleContext context) {
    String name = context.getBundle().getSymbolicName();
    String fault = name.substring(name.lastIndexOf('.') + 1);
    context.registerService(
        Endpoint.class,
        new FaultyEndpoint(fault),
        FrameworkUtil.asDictionary(
            Map.of(Endpoint.PROPERTY_NAME, fault, Endpoint.PROPERTY_TYPE, fault)));
  }

  @Override
  public void stop(BundleContext context) {
    // The framework unregisters the service.
  }

  /** The endpoint. */
  public static final class FaultyEndpoint implements Endpoint {
    private final OpenQueues open = new OpenQueues();
    private final String fault;

    FaultyEndpoint(String fault) {
      this.fault = fault;
    }

    @Override
    public String endpointType() {
      return fault;
    }

    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      open.open(configs.size(), multiQueueSupport());
      return List.of(new FaultyQueue(open, fault));
    }

    @Override
    public void stop() {
      open.requireNone();
    }
  }

  /** Its queue. */
  public static final class FaultyQueue implements Queue {
    private final QueueStatistics statistics = new QueueStatistics();
    private final OpenQueues open;
    private final String fault;
    private boolean closed;
    private int polls;

    FaultyQueue(OpenQueues open, String fault) {
      this.open = open;
      this.fault = fault;
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      return false;
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      return 0;
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      return 0;
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (fault.equals("exits")) {
        System.exit(7);
      }
      GuestMemory memory = buffers.guestMemory();
      int bad = 0;
      for (int packet = 0; packet < batch.packetCount(); packet++) {
        bad += batch.isWellFormed(packet) && batch.liesWithin(packet, memory) ? 0 : 1;
      }
      statistics.addTxPackets(batch.packetCount() - bad);
      statistics.addTxErrors(bad);
      return TxResult.complete(batch.packetCount());
    }

    @Override
    public int txPoll(BufferAccess buffers, int[] ids, int space) {
      if (++polls > 2) {
        switch (fault) {
          case "completes-wrongly" -> {
            ids[0] = 4711;
            return 1;
          }
          case "blocks" -> block();
          default -> throw new IllegalStateException(fault);
        }
      }
      return 0;
    }

    private static void block() {
      while (true) {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          // It does not care.
        }
      }
    }

    @Override
    public QueueStatistics statistics() {
      return statistics;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.close();
      }
    }
  }
}
