package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
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
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

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
  private final HeldMemory held;
  private volatile boolean ending;

  // Guarded by afterwards: what waits for the thread's end.
  private final List<Runnable> afterwards = new ArrayList<>();
  private boolean ended;

  // The coordinator's own.
  private boolean wasFallback = true;
  private long holdUntil = System.nanoTime();
  private long ringsEpoch;
  private boolean faulted;

  /** When to restart again, as not all workers could be had; 0 for never. */
  private long retryAt;

  /** What the queues that are open have of the guest's memory, or those that were open last. */
  private @Nullable LentMemory lent;

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
    ports = new PortSet(pairs, workers, link, this, this::warn, this::restartLater);
    held = new HeldMemory(settings.nic().name(), memory -> request(() -> restore(memory)));
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

  /** What threads are stuck in that were given up in queues of this NIC, and have not ended. */
  List<StuckCall> stuckCalls() {
    return ports.stuckCalls(settings.nic().name());
  }

  boolean isLinkUp() {
    return link.isUp();
  }

  void setLink(boolean up) {
    link.set(up);
    pairs.linkChanged(up);
  }

  /** Runs an action when no native call of a generation that is over uses memory any more. */
  void whenReleased(Runnable action) {
    whenIdle(() -> held.whenReleased(lent -> true, action));
  }

  /** The same of calls alone that may use some guest memory. */
  void whenReleased(List<GuestRegion> memory, Runnable action) {
    whenIdle(() -> held.whenReleased(lent -> lent.shares(memory), action));
  }

  /**
   * Runs an action when the coordinator does nothing with the rings that was not asked of it: at
   * once, unless it is ending. Then it gives back what it holds before.
   */
  void whenIdle(Runnable action) {
    if (ending) {
      synchronized (afterwards) {
        if (!ended) {
          afterwards.add(action);
          return;
        }
      }
    }
    action.run();
  }

  private void runAfterwards() {
    List<Runnable> due;
    synchronized (afterwards) {
      ended = true;
      due = List.copyOf(afterwards);
      afterwards.clear();
    }
    due.forEach(Safely::run);
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
      closeQueues();
      ports.settle(); // while the pairs are served: nothing but their end follows
      pairs.restFrom(0);
      endpoint.stop();
      ports.giveBack();
    } catch (InterruptedException e) {
      // Nobody interrupts a coordinator but a backend's own doing; the NIC can't go on without one.
      warn("has lost its coordinator, which was interrupted");
      queues.close();
    } finally {
      try {
        revoke(lent);
        ports.detach();
        refuseChanges();
      } finally {
        runAfterwards();
      }
    }
  }

  /** Does what is asked next, or waits for it. */
  @SuppressWarnings("CatchingUnchecked") // a frontend's or backend's fault must not end the thread
  private void step() throws InterruptedException {
    Runnable request = mailbox.poll();
    EndpointAction action = request == null ? endpoint.awaitAction(nanosToRetry()) : null;
    try {
      if (request != null) {
        request.run();
        return;
      }
      if (retryAt != 0 && System.nanoTime() - retryAt >= 0) {
        restart();
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

  private long nanosToRetry() {
    return retryAt == 0 ? -1 : Math.max(0, retryAt - System.nanoTime());
  }

  private void restartLater() {
    retryAt = System.nanoTime() + RETRY_NANOS | 1; // never 0
  }

  /** Exchanges the queues: halt, close, open, resume. */
  private void restart() {
    retryAt = 0;
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
    int lost = pairs.transmitsInFlight();
    closeQueues();
    int returned = pairs.buffersHeld();
    LentMemory before = lent;
    LentMemory memory = new LentMemory();
    lent = memory;
    try {
      return open(began, returned, lost, memory);
    } finally {
      revoke(before); // only now: it takes a while, and nobody is left who might use it
    }
  }

  private @Nullable RestartReport open(long began, int returned, int lost, LentMemory memory) {
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
            settings.nic().name(),
            endpoint.plugged(),
            endpoint.generation(),
            fallback,
            holdUntil,
            fallback ? TxOffloadSupport.ALL : endpoint.txOffloadSupport(),
            fallback || endpoint.carriesVlan(),
            memory);
    BlackoutMeter meter = new BlackoutMeter(ports.lastPacketAt());
    ports.resume(queues, served, plug, ringsEpoch, meter);
    return new RestartReport(returned, lost, System.nanoTime() - began, meter);
  }

  // ---- the memory of queues ----

  /**
   * Closes the queues of ports that are halted. If a thread was given up in one of them, memory is
   * taken from it at once, before anybody else gets it; where that can't be, as a native call is
   * using it, what the queues held is set aside.
   */
  private void closeQueues() {
    queues.close();
    LentMemory taken = lent;
    if (ports.takeGivenUp() && taken != null) {
      lent = null;
      pairs.lendApart();
      if (!taken.revoke()) {
        held.add(taken);
        setAside(() -> pairs.setAside(taken));
      }
    }
    pairs.withdrawAll();
  }

  private void setAside(Runnable what) {
    int count = pairs.buffersHeld();
    what.run();
    warn(
        "sets aside "
            + (count - pairs.buffersHeld())
            + " receive buffers, as a native call of "
            + "an endpoint that is gone has not returned");
  }

  /** Ends the use of memory by queues that are closed. */
  private void revoke(@Nullable LentMemory memory) {
    if (memory != null && !memory.revoke()) {
      // Queues that were closed, and all the same a native call: it can only be one of a thread
      // of the backend's own. New queues have its buffers by now, so that they are closed again.
      held.add(memory);
      request(() -> setAsideLate(memory));
    }
  }

  /** Sets aside what may be used by a backend whose queues were closed. */
  private void setAsideLate(LentMemory memory) {
    try {
      long began = System.nanoTime();
      ports.halt(queues);
      if (held.all().contains(memory)) {
        queues.close();
        // What pairs that share a queue have in reserve, too: the old one may have had it.
        setAside(() -> pairs.setAllAside(memory));
      }
      reopenQuietly(began);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Has the queues have again what was set aside because of memory that is revoked now. */
  private void restore(LentMemory memory) {
    try {
      long began = System.nanoTime();
      boolean paused = ports.pause();
      if (!paused) {
        ports.halt(queues);
      }
      pairs.restore(memory, held.isEmpty());
      if (paused) {
        ports.postRestored();
        ports.proceed(ringsEpoch);
      } else {
        reopenQuietly(began);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
    closeQueues();
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
      closeQueues();
      ports.settle(); // also of pairs that are not served any more
      reopenQuietly(began);
    }
  }

  private void apply(RingsRequest wanted) {
    ringsEpoch++;
    faulted = false;
    wanted.apply(new Resting(wanted.withdrawal()));
    pairs.endWaits(held.all());
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
