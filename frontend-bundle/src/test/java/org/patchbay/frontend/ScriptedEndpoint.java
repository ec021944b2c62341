package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.RestartReport;

/** A disconnectable endpoint that a test plugs queues into. */
final class ScriptedEndpoint implements DisconnectableEndpoint {

  private record Event(@Nullable EndpointAction action, @Nullable List<Queue> queues) {}

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  final List<RestartReport> reports = new CopyOnWriteArrayList<>();
  final List<String> failures = new CopyOnWriteArrayList<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile TxOffloadSupport offloads = TxOffloadSupport.NONE;
  volatile boolean carriesVlan = true;
  private final List<Queue> fallback;
  private volatile List<Queue> current;
  private volatile long generation;

  /** What comes in place of an endpoint that can't be opened, as its first queues are asked for. */
  volatile @Nullable List<Queue> substitute;

  /** Held back in getQueues as long as a test wants. */
  volatile @Nullable CountDownLatch gate;

  ScriptedEndpoint(Queue... fallback) {
    this.fallback = List.of(fallback);
    this.current = this.fallback;
  }

  /** Plugs an endpoint that has these queues. */
  void plug(Queue... queues) {
    plug(List.of(queues));
  }

  private void plug(List<Queue> queues) {
    events.add(new Event(new EndpointAction.RestartRequired(), queues));
  }

  void unplug() {
    plug(fallback);
  }

  void link(boolean up) {
    events.add(new Event(new EndpointAction.LinkStatusNotify(up), null));
  }

  @Override
  public @Nullable EndpointAction awaitAction(long timeoutNanos) throws InterruptedException {
    Event event =
        timeoutNanos < 0 ? events.take() : events.poll(timeoutNanos, TimeUnit.NANOSECONDS);
    if (event != null && event.queues() != null) {
      current = event.queues();
      generation++;
    }
    return event == null ? null : event.action();
  }

  @Override
  public void wakeAwait() {
    events.add(new Event(null, null));
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public boolean isFallback() {
    return current.equals(fallback);
  }

  @Override
  public TxOffloadSupport txOffloadSupport() {
    return offloads;
  }

  @Override
  public boolean carriesVlan() {
    return carriesVlan;
  }

  @Override
  public void restarted(RestartReport report) {
    reports.add(report);
  }

  @Override
  public void failed(long failedGeneration, String cause) {
    unplug(); // first: a test that sees the failure may plug something
    failures.add(cause);
  }

  @Override
  public String endpointType() {
    return "scripted";
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return new MultiQueueSupport(current.size(), 0);
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    CountDownLatch held = gate;
    if (held != null) {
      calls.add("held");
      try {
        held.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    List<Queue> instead = substitute;
    if (instead != null) {
      substitute = null;
      current = instead;
    }
    if (configs.size() > current.size()) {
      throw new EndpointException(EndpointError.TOO_MANY_QUEUES, configs.size() + " queues");
    }
    calls.add("getQueues");
    return new ArrayList<>(current.subList(0, configs.size()));
  }

  @Override
  public void stop() {
    calls.add("stop");
  }
}
