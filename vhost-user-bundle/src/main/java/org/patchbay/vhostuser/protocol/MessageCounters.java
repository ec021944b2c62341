package org.patchbay.vhostuser.protocol;

import java.util.concurrent.atomic.AtomicLongArray;
import org.patchbay.api.InspectNode;

/** Counts the messages of all connections of a NIC, by request. Any thread. */
public final class MessageCounters {

  private final AtomicLongArray counts = new AtomicLongArray(Request.LIMIT + 1);

  /** Counts a message. */
  void count(int code) {
    counts.incrementAndGet(Request.of(code) == null ? Request.LIMIT : code);
  }

  /** How many of a request came. */
  public long of(Request request) {
    return counts.get(request.code());
  }

  /** How many came that this back-end does not know. */
  public long unknown() {
    return counts.get(Request.LIMIT);
  }

  /** Shows those that came at least once. */
  public void inspect(InspectNode node) {
    for (Request request : Request.values()) {
      if (of(request) > 0) {
        node.value(request.name(), of(request));
      }
    }
    node.value("unknown", unknown());
  }
}
