package org.patchbay.fault;

import java.util.concurrent.atomic.AtomicLong;
import org.patchbay.api.InspectNode;

/**
 * How often buffers were misused, and how often that was refused, over all queues and plugs of one
 * configuration. Any thread; allocates nothing.
 */
final class Misuses {

  private final AtomicLong tried = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  /** Counts one, after its answer is known. */
  void count(boolean wasRefused) {
    if (wasRefused) {
      refused.incrementAndGet();
    }
    tried.incrementAndGet();
  }

  void inspect(InspectNode node) {
    node.value("misuses", tried.get());
    node.value("misuses-refused", refused.get());
  }
}
