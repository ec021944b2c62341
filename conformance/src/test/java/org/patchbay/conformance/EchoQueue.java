package org.patchbay.conformance;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;

/**
 * A correct queue that reflects packets, written for clarity. Broken queues are made of it by
 * overriding one of its methods.
 */
class EchoQueue implements Queue {

  final OpenQueues open;
  final QueueDriver driver;
  final QueueStatistics statistics = new QueueStatistics();
  final Deque<Integer> free = new ArrayDeque<>();
  final Deque<Integer> filled = new ArrayDeque<>();
  private boolean refused;
  private boolean closed;
  private @Nullable Throwable failure;

  EchoQueue(OpenQueues open, QueueDriver driver) {
    this.open = open;
    this.driver = driver;
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    return !filled.isEmpty() || (refused && !free.isEmpty());
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      post(ids[i]);
    }
    becameReady();
    return 0;
  }

  void post(int id) {
    free.add(id);
  }

  /** Wakes the worker more often than it has to. */
  void becameReady() {
    driver.wake();
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    int count = 0;
    while (count < space && !filled.isEmpty()) {
      ids[count++] = filled.remove();
    }
    statistics.addRxPackets(count);
    return count;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    int packet = 0;
    while (packet < batch.packetCount() && !free.isEmpty()) {
      int result = reflect(buffers, free.element(), batch, packet);
      switch (result) {
        case BufferAccess.WRITTEN -> received(free.remove(), batch, packet);
        case BufferAccess.BAD_PACKET -> statistics.addTxErrors(1);
        case BufferAccess.TOO_LONG -> statistics.addRxErrors(1);
        default -> {
          return refused(free.element());
        }
      }
      packet++;
    }
    refused = packet < batch.packetCount();
    if (packet > 0) {
      becameReady();
    }
    return answer(batch, packet);
  }

  int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
    RxMetadata metadata = new RxMetadata().set(0, batch.length(packet)).vlan(batch.vlan(packet));
    return buffers.writePacket(id, metadata, batch, packet);
  }

  final int refused(int id) {
    failure = new IllegalStateException("buffer " + id + " was refused");
    return FATAL;
  }

  void received(int id, TxBatch batch, int packet) {
    filled.add(id);
    statistics.addTxPackets(1);
    if (Vlan.isPresent(batch.vlan(packet))) {
      statistics.addTxVlanPackets(1);
      statistics.addRxVlanPackets(1);
    }
  }

  int answer(TxBatch batch, int packets) {
    return TxResult.complete(packets);
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    return 0;
  }

  @Override
  public QueueStatistics statistics() {
    return statistics;
  }

  @Override
  public @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      free.clear();
      filled.clear();
      open.close();
    }
  }
}
