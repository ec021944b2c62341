package org.patchbay.frontend;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.RestartReport;
import org.patchbay.api.driver.OwnedQueueDriver;

/**
 * The thread that owns a NIC's endpoint: waits for actions, and exchanges the queue of the NIC's
 * port when one asks for it. Requests of other threads come through one mailbox.
 */
final class Coordinator implements Runnable, PortListener {

  private static final long HALT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FIRST_PLUG_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long CHANGE_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(10);
  private static final long CLOSE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final EngineSettings settings;
  private final DisconnectableEndpoint endpoint;
  private final EngineWorker worker;
  private final Port port;
  private final Consumer<String> warnings;
  private final Thread thread;
  private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
  private final RestartLimit restartLimit = new RestartLimit();
  private final Counter restarts = new Counter();
  private final Counter closedTxErrors = new Counter();
  private final Counter closedRxErrors = new Counter();
  private final ConcurrentLinkedQueue<RingsRequest> changes = new ConcurrentLinkedQueue<>();
  private volatile boolean ending;
  private volatile @Nullable QueueStatistics statistics;

  // The coordinator's own.
  private @Nullable Queue queue;
  private @Nullable OwnedQueueDriver driver;
  private int activePairs = 1;
  private boolean started;
  private boolean wasFallback = true;
  private long holdUntil = System.nanoTime();

  Coordinator(
      EngineSettings settings,
      DisconnectableEndpoint endpoint,
      RingPair rings,
      EngineWorker worker,
      Consumer<String> warnings) {
    this.settings = settings;
    this.endpoint = endpoint;
    this.worker = worker;
    this.warnings = warnings;
    port = new Port(rings, worker::wake, this);
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("patchbay-" + settings.nic().name() + "-coordinator")
            .unstarted(this);
  }

  void start() {
    worker.attach(port);
    thread.start();
  }

  Port port() {
    return port;
  }

  /** How often queues were exchanged. */
  long restarts() {
    return restarts.get();
  }

  /** Packets that queues could not transmit, over all plugs. */
  long txErrors() {
    QueueStatistics live = statistics;
    return closedTxErrors.get() + (live == null ? 0 : live.txErrors());
  }

  /** Packets that queues could not receive, over all plugs. */
  long rxErrors() {
    QueueStatistics live = statistics;
    return closedRxErrors.get() + (live == null ? 0 : live.rxErrors());
  }

  /** Ends the coordinator, which closes its queue; false if it does not within the time. */
  boolean end(long timeoutMillis) {
    ending = true;
    endpoint.wakeAwait();
    try {
      thread.join(timeoutMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  /** See {@link NicEngine#changeRings}. */
  void changeRings(Withdrawal withdrawal, RingChange change)
      throws EndpointException, InterruptedException {
    new RingsRequest(withdrawal, change)
        .await(settings.nic().name(), this::post, CHANGE_TIMEOUT_MILLIS);
  }

  private void post(RingsRequest wanted) {
    changes.add(wanted);
    request(this::makeChanges);
    if (!thread.isAlive()) {
      refuseChanges();
    }
  }

  private void refuseChanges() {
    for (RingsRequest late = changes.poll(); late != null; late = changes.poll()) {
      late.refuse();
    }
  }

  /** See {@link NicEngine#whenUnused}. */
  void whenUnused(Runnable action) {
    worker.whenUnused(action);
  }

  private void makeChanges() {
    RingsRequest wanted = changes.poll();
    if (wanted == null || !wanted.begin()) {
      return;
    }
    try {
      haltPort();
      closeQueue();
      port.path().settle();
      rest();
      wanted.apply(new Resting(wanted.withdrawal()));
      restart();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      wanted.end();
    }
  }

  private void rest() {
    if (started) {
      started = false;
      port.path().rest();
    }
  }

  /** What a frontend may do to its rings now. */
  private final class Resting implements RestingRings {

    private final Withdrawal withdrawal;

    Resting(Withdrawal withdrawal) {
      this.withdrawal = withdrawal;
    }

    @Override
    public void takeBack(int pair) {
      Objects.checkIndex(pair, 1);
      if (withdrawal != Withdrawal.BUFFERS) {
        throw new IllegalStateException("buffers come back only from a change that withdraws them");
      }
      port.path().takeBack();
    }

    @Override
    public void setActivePairs(int count) {
      Objects.checkFromToIndex(0, count, 1);
      activePairs = count;
    }
  }

  /** Has something done by the coordinator. Any thread. */
  private void request(Runnable request) {
    mailbox.add(request);
    endpoint.wakeAwait();
  }

  @Override
  public void queueFailed(int code, long generation, String cause) {
    request(() -> handleFailure(code, generation, cause));
  }

  @Override
  public void workerReplaced() {
    request(this::restart);
  }

  private void handleFailure(int code, long generation, String cause) {
    if (generation != endpoint.generation()) {
      return;
    }
    if (code != Queue.TRY_RESTART) {
      endpoint.failed(generation, cause);
    } else if (restartLimit.isExceededBy(generation, System.nanoTime())) {
      endpoint.failed(generation, "it asked for a restart three times within 10 s: " + cause);
    } else {
      restart();
    }
  }

  @Override
  public void run() {
    try {
      awaitFirstPlug();
      restart();
      while (!ending) {
        Runnable request = mailbox.poll();
        if (request != null) {
          request.run();
          continue;
        }
        EndpointAction action = endpoint.awaitAction(-1);
        switch (action) {
          case null -> {}
          case EndpointAction.RestartRequired() -> restart();
          case EndpointAction.LinkStatusNotify(boolean up) -> port.setLink(up);
        }
      }
      haltPort();
      closeQueue();
      rest();
      endpoint.stop();
      if (!port.close(CLOSE_TIMEOUT_NANOS)) {
        warnings.accept("NIC " + settings.nic().name() + " closed while its worker did not answer");
      }
    } catch (InterruptedException e) {
      // Nobody interrupts a coordinator but a backend's own doing; the NIC can't go on without one.
      warnings.accept("the coordinator of NIC " + settings.nic().name() + " was interrupted");
      closeQueue();
    } finally {
      worker.detach(port);
      refuseChanges();
    }
  }

  /**
   * Waits a little for the endpoint that is wanted from the start, so that the fallback does not
   * drop the guest's first packets where it is there already.
   */
  private void awaitFirstPlug() throws InterruptedException {
    if (settings.nic().plugAtStart() != null) {
      EndpointAction first = endpoint.awaitAction(FIRST_PLUG_TIMEOUT_NANOS);
      if (first instanceof EndpointAction.LinkStatusNotify(boolean up)) {
        port.setLink(up);
      }
    }
  }

  /** Exchanges the queue: halt, close, open, resume. */
  private void restart() {
    long began = System.nanoTime();
    try {
      haltPort();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    int returned = port.buffersPosted();
    int lost = port.transmitsInFlight();
    closeQueue();
    try {
      OwnedQueueDriver newDriver = worker.openDriver();
      driver = newDriver;
      List<Queue> queues =
          endpoint.getQueues(
              List.of(new QueueConfig(newDriver, settings.macAddress(), settings.mtu())), null);
      queue = queues.getFirst();
    } catch (EndpointException e) {
      warnings.accept("NIC " + settings.nic().name() + " has no queue: " + e.getMessage());
      closeQueue();
      return;
    }
    boolean fallback = endpoint.isFallback();
    if (fallback && !wasFallback) {
      holdUntil = System.nanoTime() + settings.holdNanos();
    }
    wasFallback = fallback;
    statistics = queue.statistics();
    BlackoutMeter meter = new BlackoutMeter();
    rest();
    if (activePairs > 0) {
      started = true;
      port.path().start(worker::watch);
    }
    port.resume(queue, endpoint.generation(), fallback, holdUntil, meter);
    restarts.add(1);
    endpoint.restarted(new RestartReport(returned, lost, System.nanoTime() - began, meter));
  }

  private void haltPort() throws InterruptedException {
    if (port.halt(HALT_TIMEOUT_NANOS)) {
      return;
    }
    // The worker is stuck in the backend's call. Closing cuts the queue off by force; what returns
    // late finds it gone.
    closeQueue();
    port.giveUp();
    try {
      String stuck = worker.replaceThread(port);
      warnings.accept(
          "NIC "
              + settings.nic().name()
              + " gave up thread "
              + stuck
              + ", which is stuck in a call of its endpoint");
    } catch (EndpointException e) {
      warnings.accept(
          "NIC " + settings.nic().name() + " can't replace its worker: " + e.getMessage());
    }
  }

  private void closeQueue() {
    Queue closing = queue;
    queue = null;
    if (closing != null) {
      closing.close();
      QueueStatistics last = statistics;
      statistics = null;
      if (last != null) {
        closedTxErrors.add(last.txErrors());
        closedRxErrors.add(last.rxErrors());
      }
    }
    OwnedQueueDriver closingDriver = driver;
    driver = null;
    if (closingDriver != null) {
      closingDriver.close();
    }
  }
}
