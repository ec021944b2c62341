package org.patchbay.vhostuser;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.service.log.Logger;
import org.patchbay.api.InspectNode;

/**
 * What a NIC says about its peers: lines for the log, few enough that no peer can flood it, and
 * counts for inspection. Written by the message thread, inspected by any.
 */
final class PeerLog {

  /** A line of a kind is followed by another one no sooner. */
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final Logger logger;
  private final Pace connects = new Pace();
  private final Pace disconnects = new Pace();
  private final Pace refusals = new Pace();
  private volatile long refused;
  private volatile @Nullable String lastError;

  PeerLog(String name, Logger logger) {
    this.name = name;
    this.logger = logger;
  }

  void connected(int process) {
    if (connects.allows()) {
      logger.info("NIC {}: process {} connected{}", name, process, connects.skipped());
    }
  }

  /**
   * @param error what ended the connection, or null if the peer closed it
   */
  void disconnected(@Nullable String error) {
    if (error != null) {
      lastError = error;
    }
    if (disconnects.allows()) {
      logger.info(
          "NIC {}: disconnected, {}{}",
          name,
          error == null ? "the connection was closed" : error,
          disconnects.skipped());
    }
  }

  /** The peer did what is not allowed, and loses its connection. */
  void refused(String what) {
    refused++;
    lastError = what;
    if (refusals.allows()) {
      logger.warn("NIC {} ends its connection: {}{}", name, what, refusals.skipped());
    }
  }

  /** The NIC itself can't go on as it should. */
  void stuck(String what) {
    lastError = what;
    logger.warn("NIC {}: {}", name, what);
  }

  void inspect(InspectNode node) {
    node.value("refusals", refused);
    String error = lastError;
    node.value("last-error", error == null ? "none" : error);
  }

  /** Lets a line pass from time to time. */
  private static final class Pace {

    private long last = System.nanoTime() - QUIET_NANOS;
    private long skipped;

    boolean allows() {
      long now = System.nanoTime();
      if (now - last < QUIET_NANOS) {
        skipped++;
        return false;
      }
      last = now;
      return true;
    }

    String skipped() {
      long count = skipped;
      skipped = 0;
      return count == 0 ? "" : " (and " + count + " times more since the last such line)";
    }
  }
}
