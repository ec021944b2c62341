package org.patchbay.frontend;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;

/** The ports of a NIC, one a worker. The coordinator's. */
final class PortSet {

  private static final long REST_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long another NIC's coordinator may take to free a worker that its backend holds. */
  private static final long OTHERS_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** How long a worker may take to see that its queue was cut off, once the call returned. */
  private static final long RETURN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** How long a worker may be held up where no backend is to blame, as by a busy system. */
  private static final long HELD_UP_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final PairSet pairs;
  private final Port[] ports;
  private final Consumer<String> warnings;
  private final Runnable retry;

  /**
   * @param warnings takes what operators should know, as a sentence without its subject, the NIC
   * @param retry has the ports halted and resumed once more after a while
   */
  PortSet(
      PairSet pairs,
      List<EngineWorker> workers,
      Link link,
      PortListener listener,
      Consumer<String> warnings,
      Runnable retry) {
    this.pairs = pairs;
    this.warnings = warnings;
    this.retry = retry;
    ports = workers.stream().map(worker -> new Port(worker, link, listener)).toArray(Port[]::new);
  }

  /** What threads of the workers are stuck in that were given up in queues of a NIC. Any thread. */
  List<StuckCall> stuckCalls(String nic) {
    return Arrays.stream(ports)
        .flatMap(port -> port.worker().stuckCalls().stream())
        .filter(call -> call.nic().equals(nic))
        .toList();
  }

  int size() {
    return ports.length;
  }

  void attach() {
    for (Port port : ports) {
      port.worker().attach(port);
    }
  }

  void detach() {
    for (Port port : ports) {
      port.worker().detach(port);
    }
  }

  /** When a packet passed last through any of the ports, which rest. */
  long lastPacketAt() {
    long last = ports[0].path().lastPacketAt();
    for (Port port : ports) {
      long other = port.path().lastPacketAt();
      last = other - last > 0 ? other : last;
    }
    return last;
  }

  /** Halts all ports; workers that are stuck in a call are given up, and their queues cut off. */
  void halt(PlugQueues queues) throws InterruptedException {
    for (Port port : ports) {
      port.beginHalt();
    }
    long deadline = System.nanoTime() + REST_TIMEOUT_NANOS;
    EngineWorker.@Nullable Place[] stuck = new EngineWorker.@Nullable Place[ports.length];
    for (int i = 0; i < ports.length; i++) {
      if (!awaitHalt(ports[i], deadline)) {
        // The worker is stuck in the backend's call. Closing cuts the queue off by force; what
        // returns late finds it gone.
        stuck[i] = ports[i].worker().place();
        queues.cutOff(i);
      }
    }
    long returned = System.nanoTime() + RETURN_NANOS;
    for (int i = 0; i < ports.length; i++) {
      EngineWorker.Place place = stuck[i];
      if (place != null) {
        var unused = free(ports[i], place, returned);
      }
    }
  }

  /** Waits until a worker rests; false if it does not, as it is stuck in the port's own queue. */
  private static boolean awaitHalt(Port port, long deadline) throws InterruptedException {
    EngineWorker worker = port.worker();
    return port.awaitHalt(worker.isOverdue(port) ? System.nanoTime() : deadline)
        || isElsewhere(port) && port.awaitHalt(System.nanoTime() + OTHERS_TIMEOUT_NANOS);
  }

  /** Whether another NIC's backend has the worker; that one's coordinator comes to free it. */
  private static boolean isElsewhere(Port port) {
    Port other = port.worker().whereabouts();
    return other != null && other != port;
  }

  /**
   * Has a port rest to which its worker does not come. A thread that is stuck in a queue's call is
   * given up at once; one that is held up elsewhere, or was not scheduled, has some time.
   *
   * @param place where the thread was some time before the deadline
   * @return whether a fresh thread has the port now; false if the old one came, or nothing helped
   */
  private boolean free(Port port, EngineWorker.Place place, long deadline)
      throws InterruptedException {
    EngineWorker worker = port.worker();
    long end = System.nanoTime() + HELD_UP_NANOS;
    EngineWorker.Place before = place;
    long until = deadline;
    while (!port.awaitHalt(until)) {
      boolean late = System.nanoTime() - end >= 0;
      if (late || worker.isStuckSince(before)) {
        try {
          String what = worker.replaceThread(port, before);
          if (what != null) {
            warnings.accept(what);
            return true;
          }
          end = System.nanoTime() + HELD_UP_NANOS; // another NIC's coordinator did it just now
        } catch (EndpointException e) {
          warnings.accept("can't replace its worker: " + e.getMessage());
          retry.run();
          return false;
        }
      }
      before = worker.place();
      until = System.nanoTime() + RETURN_NANOS;
    }
    return false;
  }

  /**
   * Has all workers rest with their queues as they are.
   *
   * @return false if that is not possible, so that the ports must be halted
   */
  boolean pause() throws InterruptedException {
    for (Port port : ports) {
      port.beginPause();
    }
    long deadline = System.nanoTime() + REST_TIMEOUT_NANOS;
    boolean good = true;
    for (Port port : ports) {
      good &= port.awaitPause(port.worker().isOverdue(port) ? System.nanoTime() : deadline);
    }
    return good;
  }

  /** Has what was restored to the ledgers posted when the paused ports go on. */
  void postRestored() {
    for (Port port : ports) {
      port.path().postRestored();
    }
  }

  /** Goes on after a pause. */
  void proceed(long ringsEpoch) {
    for (Port port : ports) {
      port.proceed(ringsEpoch);
    }
  }

  /** Whether a thread was given up in a queue's call since the last time that this was asked. */
  boolean takeGivenUp() {
    boolean any = false;
    for (Port port : ports) {
      any |= port.takeGivenUp();
    }
    return any;
  }

  /**
   * Starts the halted ports with new queues.
   *
   * @param served how many of the first pairs are served
   */
  void resume(
      PlugQueues queues, int served, PlugTraits plug, long ringsEpoch, BlackoutMeter meter) {
    int count = queues.size();
    NoBuffers idle = new NoBuffers(plug.memory().viewOf(pairs.get(0).rings().memory()));
    for (int i = 0; i < ports.length; i++) {
      if (i < count) {
        PairPath[] own = pairs.ofQueue(i, count, served);
        ports[i].resume(queues.get(i), own, plug, idle, ringsEpoch, meter);
      } else {
        ports[i].leaveUnused();
      }
    }
  }

  /** Ends what pairs of the halted ports have in flight; the queues are closed. */
  void settle() throws InterruptedException {
    if (pairs.isInFlight()) {
      visit((pair, ids) -> pair.settle(ids));
    }
  }

  /** Has the halted ports give everything back to the ring pairs. */
  void giveBack() throws InterruptedException {
    visit((pair, ids) -> pair.giveBack());
  }

  private interface Errand {
    void run(PairPath pair, int[] ids);
  }

  /**
   * Has workers do something for each pair, as rings may be used by their workers' threads only.
   */
  private void visit(Errand errand) throws InterruptedException {
    for (int i = 0; i < ports.length; i++) {
      Port port = ports[i];
      PairPath[] own = pairs.ofQueue(i, ports.length, pairs.size());
      AtomicBoolean begun = new AtomicBoolean();
      Runnable visitor =
          () -> {
            begun.set(true);
            visit(errand, own, port.path().ids());
          };
      boolean done = port.visit(visitor, System.nanoTime() + REST_TIMEOUT_NANOS);
      if (!done && isElsewhere(port)) {
        done = port.visit(visitor, System.nanoTime() + OTHERS_TIMEOUT_NANOS);
      }
      // Else another NIC's endpoint has the worker, and nobody frees it; a fresh one comes at once.
      if (!done
          && free(port, port.worker().place(), System.nanoTime() + RETURN_NANOS)
          && (begun.get() || !port.visit(visitor, System.nanoTime() + REST_TIMEOUT_NANOS))) {
        warnings.accept("has a worker that does not answer");
      }
    }
  }

  private static void visit(Errand errand, PairPath[] own, int[] ids) {
    for (PairPath pair : own) {
      try {
        errand.run(pair, ids);
      } catch (InternalError e) {
        // The guest took memory away: its rings are of no use any more, the other pairs' may be.
      }
    }
  }
}
