package com.example.patchbay.stream;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.RssConfig;

/**
 * An endpoint over one connection. A server listens from the beginning to {@link #close()}; a
 * connection is there, or tried for, from {@link #getQueues} to {@link #stop()}.
 */
public final class StreamEndpoint implements Endpoint, AutoCloseable {

  /** The backend type. */
  public static final String TYPE = "stream";

  private final StreamSettings settings;
  private final @Nullable ListeningPlace place;
  private final StreamCounters counters = new StreamCounters();
  private final LinkChanges changes = new LinkChanges();
  private final StreamFraming framing;
  private final OpenQueues open = new OpenQueues();

  // Both are read by inspect(), which comes from any thread.
  private final AtomicReference<@Nullable StreamLink> link = new AtomicReference<>();
  private volatile @Nullable StreamQueue queue;

  private StreamEndpoint(StreamSettings settings, @Nullable ListeningPlace place) {
    this.settings = settings;
    this.place = place;
    this.framing = new StreamFraming(settings.buffer());
  }

  /**
   * Makes an endpoint; as a server it listens from now on.
   *
   * @throws EndpointException with key, value and cause if it can't; nothing is left behind
   */
  static StreamEndpoint open(StreamSettings settings) throws EndpointException {
    return new StreamEndpoint(settings, settings.server() ? ListeningPlace.open(settings) : null);
  }

  @Override
  public String endpointType() {
    return TYPE;
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    open.open(configs.size(), multiQueueSupport());
    StreamLink running = link.get();
    StreamLink started = null;
    try {
      if (running == null) {
        started = StreamLink.open(settings, place, counters, changes);
        running = started;
      }
      QueueDriver driver = configs.getFirst().driver();
      requireWatching(driver, running);
      StreamQueue opened = new StreamQueue(open, running, framing, counters, driver);
      if (started != null) {
        started.start();
        link.set(started);
      }
      queue = opened;
      return List.of(opened);
    } catch (Throwable failed) {
      if (started != null) {
        started.stop();
      }
      open.close();
      throw failed;
    }
  }

  /** Finds out now, not when the first peer comes, whether descriptors can be waited for here. */
  private void requireWatching(QueueDriver driver, StreamLink running) throws EndpointException {
    try {
      driver.watch(running.watchable()).close();
    } catch (EndpointException e) {
      if (e.error() == EndpointError.UNSUPPORTED) {
        throw new EndpointException(
            EndpointError.UNSUPPORTED,
            "a stream endpoint has to wait for its connection, and this platform's workers can't"
                + " wait for descriptors: run it on Linux with linux-bundle",
            e);
      }
      throw e;
    }
  }

  @Override
  public void stop() {
    open.requireNone();
    endLink();
  }

  private void endLink() {
    // Taken once, though the coordinator's stop and the component's end may come together.
    StreamLink running = link.getAndSet(null);
    queue = null;
    if (running != null) {
      running.stop();
      framing.abandon(counters);
      changes.reset();
    }
  }

  @Override
  public boolean isOrdered() {
    return true;
  }

  /** The wire has no place for it: the engine puts the tag into the frame. */
  @Override
  public boolean carriesVlan() {
    return false;
  }

  @Override
  public boolean txFastCompletions() {
    return true;
  }

  /** Tells when the link goes down and comes up. */
  @Override
  public EndpointAction waitForEndpointAction() throws InterruptedException {
    return changes.await();
  }

  @Override
  public void inspect(InspectNode node) {
    Endpoint.super.inspect(node);
    node.value("mode", settings.server() ? "server" : "client");
    node.value("at", settings.where());
    StreamLink running = link.get();
    node.value("connection", running == null ? "not plugged" : running.state());
    counters.inspect(node);
    node.value("buffer-bytes", settings.buffer());
    node.value("rx-held-bytes", framing.reader().filled());
    node.value("tx-held-bytes", framing.writer().pendingBytes());
    StreamQueue shown = queue;
    if (shown != null) {
      shown.statistics().inspect(node.child("queue-0"));
    }
  }

  /** Closes everything; twice is harmless. */
  @Override
  public void close() {
    StreamQueue last = queue;
    if (last != null) {
      last.close();
    }
    endLink();
    if (place != null) {
      place.close();
    }
  }
}
