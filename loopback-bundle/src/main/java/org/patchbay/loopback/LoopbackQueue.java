package org.patchbay.loopback;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;

/**
 * A queue that copies each transmitted packet into the oldest free receive buffer and completes it
 * at once. Without a free buffer it accepts nothing, and becomes ready when buffers are posted.
 */
public final class LoopbackQueue implements Queue {

  private final OpenQueues open;
  private final QueueDriver driver;
  private final QueueStatistics statistics = new QueueStatistics();
  private final BufferRing ring = new BufferRing();
  private final RxMetadata metadata = new RxMetadata();

  /** The last {@link #txAvail} accepted less than it was offered. */
  private boolean starved;

  /** The last {@link #pollReady} said no, so that becoming ready has to wake the worker. */
  private boolean armed;

  private boolean closed;
  private @Nullable Throwable failure;

  /**
   * @param open the endpoint's count, which already includes this queue
   * @param driver wakes this queue's worker
   */
  LoopbackQueue(OpenQueues open, QueueDriver driver) {
    this.open = open;
    this.driver = driver;
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    boolean ready = isReady();
    armed = !ready;
    return ready;
  }

  private boolean isReady() {
    return ring.filled() > 0 || (starved && ring.free() > 0);
  }

  private void wakeIfReady() {
    if (armed && isReady()) {
      armed = false;
      driver.wake();
    }
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    ring.post(ids, count);
    wakeIfReady();
    return 0;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    int count = ring.take(ids, space);
    statistics.addRxPackets(count);
    return count;
  }

  /**
   * Reflects as many packets as there are free buffers. A packet that fails takes no buffer: a bad
   * one counts as a transmit error, one that is too long for the buffer as a receive error.
   */
  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    int offered = batch.packetCount();
    int packet = 0;
    int free;
    while (packet < offered && (free = ring.freeRun()) > 0) {
      int run = Math.min(free, offered - packet);
      int written = buffers.writePackets(ring.ids(), ring.freeSlot(), run, metadata, batch, packet);
      ring.fill(written);
      count(batch, packet, written);
      packet += written;
      if (written < run) {
        if (!drops(buffers, batch, packet)) {
          break;
        }
        packet++;
      }
    }
    if (packet == 0 && offered > 0 && ring.free() > 0) {
      return refused();
    }
    starved = packet < offered;
    wakeIfReady();
    return TxResult.complete(packet);
  }

  /** Counts packets that were reflected. */
  private void count(TxBatch batch, int first, int packets) {
    statistics.addTxPackets(packets);
    if (batch.hasVlan()) {
      int tagged = 0;
      for (int packet = first; packet < first + packets; packet++) {
        tagged += Vlan.isPresent(batch.vlan(packet)) ? 1 : 0;
      }
      statistics.addTxVlanPackets(tagged);
      statistics.addRxVlanPackets(tagged);
    }
  }

  /**
   * Counts a packet that could not be written.
   *
   * @return false if that is not the packet's fault: the buffer was refused
   */
  private boolean drops(BufferAccess buffers, TxBatch batch, int packet) {
    metadata.set(0, batch.length(packet)).vlan(batch.vlan(packet));
    int result = buffers.writePacket(ring.oldestFree(), metadata, batch, packet);
    switch (result) {
      case BufferAccess.BAD_PACKET -> statistics.addTxErrors(1);
      case BufferAccess.TOO_LONG -> {
        statistics.addTxPackets(1);
        statistics.addRxErrors(1);
      }
      case BufferAccess.WRITTEN -> {
        // It went well this time: the guest changed its memory map or the packet meanwhile.
        ring.fill(1);
        count(batch, packet, 1);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The frontend says that the oldest free buffer isn't ours: the two no longer agree. */
  private int refused() {
    failure =
        new EndpointException(
            EndpointError.BACKEND_FAILED,
            "receive buffer " + ring.oldestFree() + " was refused as not posted");
    return FATAL;
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
  public @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      ring.clear();
      open.close();
    }
  }
}
