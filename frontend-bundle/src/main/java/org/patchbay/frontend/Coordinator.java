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
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.api.control.RestartReport;

/**
 * The thread that owns a NIC's endpoint: waits for actions, exchanges the queues when one asks for
 * it, and has rings changed while they rest. Requests of other threads come through one mailbox.
 */
final class Coordinator implements Runnable, PortListener {

  private static final long FIRST_PLUG_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long CHANGE_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(10);

  private final EngineSettings settings;
  private final DisconnectableEndpoint endpoint;
  private final PairSet pairs;
  private final Link link = new Link();
  private final PlugQueues queues;
  private final PortSet ports;
  private final Consumer<String> warnings;
  private final Thread thread;
  private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<RingsRequest> changes = new ConcurrentLinkedQueue<>();
  private final RestartLimit restartLimit = new RestartLimit();
  private final Counter restarts = new Counter();
  private final Counter memoryFaults = new Counter();
  private volatile boolean ending;

  // The coordinator's own.
  private boolean wasFallback = true;
  private long holdUntil = System.nanoTime();
  private long ringsEpoch;
  private boolean faulted;

  Coordinator(
      EngineSettings settings,
      DisconnectableEndpoint endpoint,
      List<? extends RingPair> rings,
      List<EngineWorker> workers,
      Consumer<String> warnings) {
    this.settings = settings;
    this.endpoint = endpoint;
    this.warnings = warnings;
    pairs = new PairSet(rings);
    queues = new PlugQueues(settings, endpoint, workers);
    ports = new PortSet(pairs, workers, link, this, this::warn);
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("patchbay-" + settings.nic().name() + "-coordinator")
            .unstarted(this);
  }

  void start() {
    ports.attach();
    thread.start();
  }

  // ---- any thread ----

  PairSet pairs() {
    return pairs;
  }

  /** How many queues are open. */
  int queueCount() {
    return queues.count();
  }

  /** How often the guest took its memory away under its rings. */
  long memoryFaults() {
    return memoryFaults.get();
  }

  boolean isLinkUp() {
    return link.isUp();
  }

  void setLink(boolean up) {
    link.set(up);
    pairs.linkChanged(up);
  }

  NicStatistics statistics() {
    return pairs.statistics(queues.txErrors(), queues.rxErrors(), restarts.get());
  }

  /** Ends the coordinator, which closes its queues; false if it does not within the time. */
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
    request(this::makeChange);
    if (!thread.isAlive()) {
      refuseChanges(); // it may have ended before it saw this one
    }
  }

  private void refuseChanges() {
    for (RingsRequest late = changes.poll(); late != null; late = changes.poll()) {
      late.refuse();
    }
  }

  /** Has something done by the coordinator. */
  private void request(Runnable request) {
    mailbox.add(request);
    endpoint.wakeAwait();
  }

  @Override
  public void queueFailed(int code, long generation, String cause) {
    request(() -> handleFailure(code, generation, cause));
  }

  @Override
  public void memoryFaulted(long epoch) {
    request(() -> handleMemoryFault(epoch));
  }

  @Override
  public void disturbed() {
    request(this::restart);
  }

  @Override
  public void workerReplaced() {
    request(this::restart);
  }

  private void warn(String what) {
    warnings.accept("NIC " + settings.nic().name() + " " + what);
  }

  // ---- the coordinator's ----

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

  /** No pair is served from now on; the rings' next change ends that. */
  private void handleMemoryFault(long epoch) {
    if (epoch == ringsEpoch && !faulted) {
      memoryFaults.add(1);
      faulted = true;
      warn("rests, as its guest took memory away");
      try {
        long began = System.nanoTime();
        ports.halt(queues);
        reopenQuietly(began);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void run() {
    try {
      awaitFirstPlug();
      restart();
      while (!ending) {
        step();
      }
      ports.halt(queues);
      queues.close();
      pairs.restFrom(0);
      endpoint.stop();
      ports.giveBack();
    } catch (InterruptedException e) {
      // Nobody interrupts a coordinator but a backend's own doing; the NIC can't go on without one.
      warn("has lost its coordinator, which was interrupted");
      queues.close();
    } finally {
      ports.detach();
      refuseChanges();
    }
  }

  /** Does what is asked next, or waits for it. */
  @SuppressWarnings("CatchingUnchecked") // a frontend's or backend's fault must not end the thread
  private void step() throws InterruptedException {
    Runnable request = mailbox.poll();
    EndpointAction action = request == null ? endpoint.awaitAction(-1) : null;
    try {
      if (request != null) {
        request.run();
        return;
      }
      switch (action) {
        case null -> {}
        case EndpointAction.RestartRequired() -> restart();
        case EndpointAction.LinkStatusNotify(boolean up) -> setLink(up);
      }
    } catch (RuntimeException | Error e) {
      warn("goes on after its coordinator failed with " + e);
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
        setLink(up);
      }
    }
  }

  /** Exchanges the queues: halt, close, open, resume. */
  private void restart() {
    try {
      long began = System.nanoTime();
      ports.halt(queues);
      report(reopen(began));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void report(@Nullable RestartReport report) {
    if (report != null) {
      restarts.add(1);
      endpoint.restarted(report);
    }
  }

  /** As {@link #reopen}, where operators want to know of it only if another endpoint serves now. */
  private void reopenQuietly(long began) {
    long before = endpoint.generation();
    RestartReport report = reopen(began);
    if (before != endpoint.generation()) {
      report(report);
    }
  }

  /**
   * Exchanges the queues of ports that are halted.
   *
   * @return the report, or null if there are no queues now
   */
  private @Nullable RestartReport reopen(long began) {
    int returned = pairs.buffersHeld();
    int lost = pairs.transmitsInFlight();
    queues.close();
    pairs.withdrawAll();
    int served = faulted ? 0 : pairs.active();
    pairs.restFrom(served);
    try {
      queues.open(Math.clamp(served, 1, ports.size()));
    } catch (EndpointException e) {
      warn("has no queue: " + e.getMessage());
      return null;
    }
    boolean fallback = endpoint.isFallback();
    if (fallback && !wasFallback) {
      holdUntil = System.nanoTime() + settings.holdNanos();
    }
    wasFallback = fallback;
    PlugTraits plug =
        new PlugTraits(
            endpoint.generation(),
            fallback,
            holdUntil,
            fallback ? TxOffloadSupport.ALL : endpoint.txOffloadSupport(),
            fallback || endpoint.carriesVlan());
    BlackoutMeter meter = new BlackoutMeter(ports.lastPacketAt());
    ports.resume(queues, served, plug, ringsEpoch, meter);
    return new RestartReport(returned, lost, System.nanoTime() - began, meter);
  }

  // ---- changes of rings ----

  private void makeChange() {
    RingsRequest wanted = changes.poll();
    if (wanted == null || !wanted.begin()) {
      return;
    }
    try {
      if (wanted.withdrawal() == Withdrawal.BUFFERS || faulted || !ports.pause()) {
        changeHalted(wanted);
      } else {
        changePaused(wanted);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      request(this::restart); // ports may rest that should not
      throw e;
    } finally {
      wanted.end();
    }
  }

  /** Has rings changed whose queues were closed. */
  private void changeHalted(RingsRequest wanted) throws InterruptedException {
    long began = System.nanoTime();
    ports.halt(queues);
    queues.close();
    ports.settle();
    pairs.restFrom(0);
    apply(wanted);
    reopenQuietly(began);
  }

  /** Has rings changed while their queues stay as they are, unless other queues are needed then. */
  private void changePaused(RingsRequest wanted) throws InterruptedException {
    long began = System.nanoTime();
    int before = pairs.active();
    pairs.restFrom(0);
    apply(wanted);
    if (pairs.active() == before) {
      ports.proceed(ringsEpoch);
    } else {
      ports.halt(queues);
      queues.close();
      ports.settle(); // also of pairs that are not served any more
      reopenQuietly(began);
    }
  }

  private void apply(RingsRequest wanted) {
    ringsEpoch++;
    faulted = false;
    wanted.apply(new Resting(wanted.withdrawal()));
  }

  /** What a frontend may do to its rings now. */
  private final class Resting implements RestingRings {

    private final Withdrawal withdrawal;

    Resting(Withdrawal withdrawal) {
      this.withdrawal = withdrawal;
    }

    @Override
    public void takeBack(int pair) {
      Objects.checkIndex(pair, pairs.size());
      if (withdrawal != Withdrawal.BUFFERS) {
        throw new IllegalStateException("buffers come back only from a change that withdraws them");
      }
      pairs.get(pair).takeBack();
    }

    @Override
    public void setActivePairs(int count) {
      Objects.checkFromToIndex(0, count, pairs.size());
      pairs.setActive(count);
    }
  }
}
