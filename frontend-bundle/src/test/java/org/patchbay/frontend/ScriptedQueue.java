package org.patchbay.frontend;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * A queue that reflects packets as far as it has buffers, with its faults and delays set by the
 * test. Driven by the worker; the volatile fields are the test's.
 */
class ScriptedQueue implements Queue {

  enum Transmit {
    REFLECT,
    DROP,
    KEEP
  }

  final ArrayDeque<Integer> held = new ArrayDeque<>();
  final ArrayDeque<Integer> filled = new ArrayDeque<>();
  final ArrayDeque<Integer> inFlight = new ArrayDeque<>();
  volatile Transmit transmit;
  volatile int nextResult;
  volatile boolean completeNow;
  volatile @Nullable Integer strangeId;
  volatile boolean closed;
  volatile long transmitted;
  private final QueueStatistics statistics = new QueueStatistics();
  private final RxMetadata metadata = new RxMetadata();

  ScriptedQueue(Transmit transmit) {
    this.transmit = transmit;
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    return !filled.isEmpty() || nextResult < 0 || strangeId != null || completeNow;
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      held.add(ids[i]);
    }
    return 0;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    if (nextResult < 0) {
      int result = nextResult;
      nextResult = 0;
      return result;
    }
    Integer strange = strangeId;
    if (strange != null) {
      strangeId = null;
      ids[0] = strange;
      return 1;
    }
    int count = 0;
    while (count < space && !filled.isEmpty()) {
      ids[count++] = filled.remove();
    }
    return count;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    int packets = batch.packetCount();
    if (transmit == Transmit.KEEP) {
      for (int i = 0; i < packets; i++) {
        inFlight.add(batch.id(i));
      }
      transmitted += packets;
      return TxResult.pending(packets);
    }
    int done = 0;
    while (done < packets && (transmit == Transmit.DROP || !held.isEmpty())) {
      if (transmit == Transmit.REFLECT) {
        int id = held.remove();
        metadata.set(0, batch.length(done));
        if (buffers.writePacket(id, metadata, batch, done) != BufferAccess.WRITTEN) {
          throw new AssertionError("the packet does not fit");
        }
        filled.add(id);
      }
      done++;
    }
    transmitted += done;
    return TxResult.complete(done);
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    int count = 0;
    while (completeNow && count < space && !inFlight.isEmpty()) {
      ids[count++] = inFlight.remove();
    }
    return count;
  }

  @Override
  public QueueStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    closed = true;
    held.clear();
    filled.clear();
    inFlight.clear();
  }
}
