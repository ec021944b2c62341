package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.control.DisconnectableEndpoint;
import org.patchbay.api.control.RestartReport;

/** A disconnectable endpoint that a test plugs queues into. */
final class ScriptedEndpoint implements DisconnectableEndpoint {

  private record Event(@Nullable EndpointAction action, @Nullable Queue queue) {}

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  final List<RestartReport> reports = new CopyOnWriteArrayList<>();
  final List<String> failures = new CopyOnWriteArrayList<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile TxOffloadSupport offloads = TxOffloadSupport.NONE;
  private final Queue fallback;
  private volatile Queue current;
  private volatile long generation;

  ScriptedEndpoint(Queue fallback) {
    this.fallback = fallback;
    this.current = fallback;
  }

  void plug(Queue queue) {
    events.add(new Event(new EndpointAction.RestartRequired(), queue));
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
    if (event != null && event.queue() != null) {
      current = event.queue();
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
    return current == fallback;
  }

  @Override
  public TxOffloadSupport txOffloadSupport() {
    return offloads;
  }

  @Override
  public void restarted(RestartReport report) {
    reports.add(report);
  }

  @Override
  public void failed(long failedGeneration, String cause) {
    failures.add(cause);
    unplug();
  }

  @Override
  public String endpointType() {
    return "scripted";
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss) {
    calls.add("getQueues");
    return new ArrayList<>(List.of(current));
  }

  @Override
  public void stop() {
    calls.add("stop");
  }
}
