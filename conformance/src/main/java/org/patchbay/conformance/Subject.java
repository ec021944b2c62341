package org.patchbay.conformance;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;

/**
 * An endpoint under test, and what it takes to have it.
 *
 * @param endpoint a fresh endpoint; the kit opens and closes its queues and stops it
 * @param peer its far side if frames go to one, else null
 * @param release frees what belongs to the endpoint, such as a device; called once, after the stop
 */
public record Subject(Endpoint endpoint, @Nullable Peer peer, Release release) {

  /** Frees what belongs to an endpoint under test. */
  @FunctionalInterface
  public interface Release {

    /**
     * Frees it.
     *
     * @throws Exception if that fails, which fails the check as an error of the fixture
     */
    void run() throws Exception;
  }

  /** A subject without a far side and with nothing to free. */
  public static Subject of(Endpoint endpoint) {
    return new Subject(endpoint, null, () -> {});
  }
}
