package org.patchbay.conformance;

import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.patchbay.api.Endpoint;
import org.patchbay.api.Queue;

/**
 * The wrappers and queues of one attempt, which end with it: wrappers may have threads. An attempt
 * that was given up may still make some; those are ended as soon as they are made. Any thread.
 */
final class WrapperAttempt {

  private final WrapperMaker maker;
  private final Class<? extends Endpoint> endpointType;
  // The last is ended first.
  private final Deque<Runnable> made = new ConcurrentLinkedDeque<>();
  private volatile boolean wrapping;
  private volatile boolean ended;

  /**
   * @param endpointType what the maker's wrappers are
   */
  WrapperAttempt(WrapperMaker maker, Class<? extends Endpoint> endpointType) {
    this.maker = maker;
    this.endpointType = endpointType;
  }

  /** Has the maker put a wrapper around an endpoint. */
  Endpoint wrap(WrapperRecorder inside) throws FixtureFailure {
    Endpoint wrapper;
    wrapping = true;
    try {
      wrapper = maker.wrap(inside.as(Endpoint.class));
    } catch (Exception | Error e) {
      throw new FixtureFailure("the maker threw " + e);
    } finally {
      wrapping = false;
    }
    if (!endpointType.isInstance(wrapper)) {
      throw new FixtureFailure("the maker answered " + wrapper);
    }
    add(wrapper::stop);
    return wrapper;
  }

  /** Whether the maker is at work. */
  boolean isWrapping() {
    return wrapping;
  }

  /** Takes queues that a wrapper opened. */
  void opened(List<?> queues) {
    for (Object queue : queues) {
      if (queue instanceof Queue opened) {
        add(opened::close);
      }
    }
  }

  private void add(Runnable end) {
    made.add(end);
    if (ended) {
      endAll();
    }
  }

  /**
   * Closes the queues and stops the wrappers.
   *
   * @param patience how long that may take; what takes longer is left to itself
   * @return whether it took no longer
   */
  boolean end(Duration patience) throws InterruptedException {
    ended = true;
    Thread thread = Thread.ofPlatform().daemon().name("conformance-end").start(this::endAll);
    try {
      return thread.join(patience);
    } finally {
      thread.interrupt();
    }
  }

  private void endAll() {
    for (Runnable last = made.pollLast(); last != null; last = made.pollLast()) {
      try {
        last.run();
      } catch (RuntimeException | Error e) {
        // What these calls throw is told where they are checked.
      }
    }
  }
}
