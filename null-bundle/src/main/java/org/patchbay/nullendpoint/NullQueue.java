package org.patchbay.nullendpoint;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;

/**
 * A queue that completes every packet at once and never touches a receive buffer. Receive buffers
 * stay posted until the queue is closed, so it need not even remember their ids.
 */
public final class NullQueue implements Queue {

  private final OpenQueues open;
  private final QueueStatistics statistics = new QueueStatistics();
  private boolean closed;

  /**
   * @param open the endpoint's count, which already includes this queue
   */
  NullQueue(OpenQueues open) {
    this.open = open;
  }

  /** Never ready; as that never changes, there is no wake-up to arm. */
  @Override
  public boolean pollReady(BufferAccess buffers) {
    return false;
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    return 0;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    return 0;
  }

  /** Drops all packets; the bad ones among them count as errors. */
  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    GuestMemory memory = buffers.guestMemory();
    int count = batch.packetCount();
    int bad = 0;
    int tagged = 0;
    for (int packet = 0; packet < count; packet++) {
      if (!batch.isWellFormed(packet) || !batch.liesWithin(packet, memory)) {
        bad++;
      } else if (Vlan.isPresent(batch.vlan(packet))) {
        tagged++;
      }
    }
    statistics.addTxPackets(count - bad);
    statistics.addTxErrors(bad);
    statistics.addTxVlanPackets(tagged);
    return TxResult.complete(count);
  }

  /** Nothing is ever pending. */
  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    return 0;
  }

  @Override
  public QueueStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      open.close();
    }
  }
}
