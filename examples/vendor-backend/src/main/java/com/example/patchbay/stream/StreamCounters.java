package com.example.patchbay.stream;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.InspectNode;

/** What happened on an endpoint's connections since it was made. Any thread. */
final class StreamCounters {
  /** Connections that were made. */
  final AtomicLong connections = new AtomicLong();

  /** Attempts to connect that failed. */
  final AtomicLong failedAttempts = new AtomicLong();

  /** Peers that were turned away because there is one already. */
  final AtomicLong refusedPeers = new AtomicLong();

  /** Connections that ended because the peer sent a length that no frame has. */
  final AtomicLong malformedLengths = new AtomicLong();

  /** Received frames of which the end never came. */
  final AtomicLong rxFramesCut = new AtomicLong();

  /** Whole received frames that nobody took before the connection ended. */
  final AtomicLong rxFramesUntaken = new AtomicLong();

  /** Sent frames of which the peer can have had only a part. */
  final AtomicLong txFramesCut = new AtomicLong();

  /** Packets dropped for want of a peer; also transmit errors of their queue. */
  final AtomicLong txDroppedAway = new AtomicLong();

  private volatile @Nullable String lastProblem;

  /** Remembers why a connection ended or could not be made. */
  void problem(String sentence) {
    lastProblem = sentence;
  }

  void inspect(InspectNode node) {
    node.value("connections", connections.get());
    node.value("failed-attempts", failedAttempts.get());
    node.value("refused-peers", refusedPeers.get());
    node.value("malformed-lengths", malformedLengths.get());
    node.value("rx-frames-cut", rxFramesCut.get());
    node.value("rx-frames-untaken", rxFramesUntaken.get());
    node.value("tx-frames-cut", txFramesCut.get());
    node.value("tx-dropped-away", txDroppedAway.get());
    String problem = lastProblem;
    if (problem != null) {
      node.value("last-problem", problem);
    }
  }
}
