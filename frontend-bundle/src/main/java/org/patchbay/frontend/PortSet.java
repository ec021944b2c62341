package org.patchbay.frontend;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.patchbay.api.EndpointException;

/** The ports of a NIC, one a worker. The coordinator's. */
final class PortSet {

  private static final long REST_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long another NIC's coordinator may take to free a worker that its backend holds. */
  private static final long OTHERS_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** How long a worker may take to see that its queue was cut off, once the call returned. */
  private static final long RETURN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final PairSet pairs;
  private final Port[] ports;
  private final Consumer<String> warnings;

  /**
   * @param warnings takes what operators should know, as a sentence without its subject, the NIC
   */
  PortSet(
      PairSet pairs,
      List<EngineWorker> workers,
      Link link,
      PortListener listener,
      Consumer<String> warnings) {
    this.pairs = pairs;
    this.warnings = warnings;
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
    for (int i = 0; i < ports.length; i++) {
      if (!awaitHalt(ports[i], deadline)) {
        // The worker is stuck in the backend's call. Closing cuts the queue off by force; what
        // returns late finds it gone.
        queues.cutOff(i);
        if (!ports[i].awaitHalt(System.nanoTime() + RETURN_NANOS)) {
          giveUp(ports[i]);
        }
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

  private void giveUp(Port port) {
    try {
      StuckCall stuck = port.worker().replaceThread(port);
      warnings.accept(
          stuck == null
              ? "gave up a thread of worker " + port.worker().name() + ", which does not rest"
              : "gave up thread " + stuck.describe());
    } catch (EndpointException e) {
      warnings.accept("can't replace its worker: " + e.getMessage());
    }
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
      good &= port.awaitPause(deadline);
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
    visit((pair, ids) -> pair.giveBack(ids));
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
      Runnable visitor = () -> visit(errand, own, port.path().ids());
      boolean done = port.visit(visitor, System.nanoTime() + REST_TIMEOUT_NANOS);
      if (!done && isElsewhere(port)) {
        done = port.visit(visitor, System.nanoTime() + OTHERS_TIMEOUT_NANOS);
      }
      if (!done) {
        // Another NIC's endpoint has the worker, and nobody frees it; a fresh one comes at once.
        giveUp(port);
        if (!port.visit(visitor, System.nanoTime() + REST_TIMEOUT_NANOS)) {
          warnings.accept("has a worker that does not answer");
        }
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
