package org.patchbay.api;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An endpoint's count of its open queues, with the refusals that the contract asks of every
 * endpoint. A helper for backends, thread-safe because queues may be closed by several workers.
 */
public final class OpenQueues {

  private final AtomicInteger open = new AtomicInteger();

  /** With no queue open. */
  public OpenQueues() {}

  /**
   * Counts queues as open, for {@link Endpoint#getQueues}. A caller that then fails to open them
   * calls {@link #close} for each.
   *
   * @param wanted number of queues asked for, at least 1
   * @param support how many there can be
   * @throws EndpointException {@link EndpointError#TOO_MANY_QUEUES} or {@link EndpointError#BUSY};
   *     nothing was counted
   * @throws IllegalArgumentException if {@code wanted} is less than 1
   */
  public void open(int wanted, MultiQueueSupport support) throws EndpointException {
    if (wanted < 1) {
      throw new IllegalArgumentException(wanted + " queues were asked for; allowed are 1 and more");
    }
    if (wanted > support.maxQueues()) {
      throw new EndpointException(
          EndpointError.TOO_MANY_QUEUES,
          wanted + " were asked for; allowed are 1 to " + support.maxQueues());
    }
    if (!open.compareAndSet(0, wanted)) {
      throw new EndpointException(
          EndpointError.BUSY, "open are " + open.get() + "; close them before opening others");
    }
  }

  /** Counts one queue as closed, for the first {@link Queue#close} of each. Any thread. */
  public void close() {
    open.decrementAndGet();
  }

  /** How many queues are open. Any thread. */
  public int count() {
    return open.get();
  }

  /**
   * Checks that an endpoint may stop, for {@link Endpoint#stop}.
   *
   * @throws IllegalStateException if a queue is open
   */
  public void requireNone() {
    int left = open.get();
    if (left != 0) {
      throw new IllegalStateException(
          "the endpoint can't stop while queues are open: " + left + "; close them first");
    }
  }
}
