package org.patchbay.fault;

import java.util.List;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueDriver;

/**
 * A thread that wakes the workers of the queues opened last without pause, and goes on when they
 * were closed. Any thread.
 */
final class WakeStorm {

  private final Helpers helpers;
  private volatile List<QueueDriver> drivers = List.of();

  WakeStorm(Helpers helpers) {
    this.helpers = helpers;
  }

  /** Storms queues. */
  void begin(List<QueueConfig> configs) {
    drivers = configs.stream().map(QueueConfig::driver).toList();
    helpers.once("wakes", this::wake);
  }

  private void wake() {
    while (!Thread.currentThread().isInterrupted()) {
      for (QueueDriver driver : drivers) {
        driver.wake();
      }
    }
  }
}
