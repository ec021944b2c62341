package com.example.patchbay.stream;

import org.jspecify.annotations.Nullable;

/**
 * Both directions of the connection that is used, with what of its bytes is held here. It outlives
 * queues, so that a frame which went in part is completed by the next one. Used by the queue's
 * worker, or by the endpoint's thread while there is no queue.
 */
final class StreamFraming {
  private final FrameReader reader;
  private final FrameWriter writer = new FrameWriter();
  private @Nullable Connection connection;

  /**
   * @param buffer how many received bytes are held at most
   */
  StreamFraming(int buffer) {
    reader = new FrameReader(buffer);
  }

  FrameReader reader() {
    return reader;
  }

  FrameWriter writer() {
    return writer;
  }

  /** Goes on with the connection that was used before, or begins with another one. */
  void use(Connection next) {
    if (connection != next) {
      reader.reset();
      writer.reset();
      connection = next;
    }
  }

  /** Whether a whole frame of this connection is held. */
  boolean holdsFrame(@Nullable Connection used) {
    return used != null && used == connection && reader.next() > 0;
  }

  /** Forgets the connection, and counts the frames that are lost with it. */
  void abandon(StreamCounters counters) {
    if (connection == null) {
      return;
    }
    connection = null;
    int untaken = 0;
    while (reader.next() > 0) {
      reader.remove();
      untaken++;
    }
    counters.rxFramesUntaken.addAndGet(untaken);
    if (reader.heldBytes() > 0 && reader.next() != FrameReader.MALFORMED) {
      counters.rxFramesCut.incrementAndGet();
    }
    if (writer.holdsRest()) {
      counters.txFramesCut.incrementAndGet();
    }
    reader.reset();
    writer.reset();
  }
}
