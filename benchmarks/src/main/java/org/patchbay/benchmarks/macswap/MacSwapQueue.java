package org.patchbay.benchmarks.macswap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * Copies each transmitted frame into the oldest free receive buffer, exchanges the MAC addresses
 * there, and completes it at once. Without a free buffer it accepts nothing.
 */
final class MacSwapQueue implements Queue {

  /** All native memory; only what {@link GuestMemory#nativeAddress} gave is touched. */
  // Restricted, as any view of arbitrary memory: GuestMemory has checked each range.
  @SuppressWarnings("restricted")
  private static final MemorySegment NATIVE = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int ADDRESS_BITS = 48;
  private static final int ADDRESSES_BYTES = 12;
  private static final int INITIAL_SEGMENTS = 256;

  private final OpenQueues open;
  private final QueueDriver driver;
  private final QueueStatistics statistics = new QueueStatistics();
  private final RxMetadata metadata = new RxMetadata();
  private final RxSegments segments = new RxSegments(INITIAL_SEGMENTS);
  private final IdLine free = new IdLine();
  private final IdLine filled = new IdLine();

  private boolean starved;
  private boolean armed;
  private boolean closed;
  private @Nullable Throwable failure;

  /**
   * @param open the endpoint's count, which already includes this queue
   * @param driver wakes this queue's worker
   */
  MacSwapQueue(OpenQueues open, QueueDriver driver) {
    this.open = open;
    this.driver = driver;
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    armed = !isReady();
    return !armed;
  }

  private boolean isReady() {
    return filled.count() > 0 || (starved && free.count() > 0);
  }

  private void wakeIfReady() {
    if (armed && isReady()) {
      armed = false;
      driver.wake();
    }
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    free.add(ids, 0, count);
    wakeIfReady();
    return 0;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    int count = Math.min(space, filled.count());
    System.arraycopy(filled.array(), filled.first(), ids, 0, count);
    filled.remove(count);
    statistics.addRxPackets(count);
    return count;
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    int offered = batch.packetCount();
    int packet = 0;
    while (packet < offered && free.count() > 0) {
      int wanted = Math.min(offered - packet, free.count());
      int written =
          buffers.writePackets(free.array(), free.first(), wanted, metadata, batch, packet);
      if (!finish(buffers, written)) {
        return refused();
      }
      packet += written;
      if (written < wanted) {
        if (!writeOrDrop(buffers, batch, packet)) {
          return refused();
        }
        packet++;
      }
    }
    starved = packet < offered;
    wakeIfReady();
    return TxResult.complete(packet);
  }

  /**
   * Handles the packet that ended a series.
   *
   * @return false if the buffer is refused
   */
  private boolean writeOrDrop(BufferAccess buffers, TxBatch batch, int packet) {
    metadata.set(0, batch.length(packet)).vlan(batch.vlan(packet));
    int result = buffers.writePacket(free.array()[free.first()], metadata, batch, packet);
    if (result == BufferAccess.WRITTEN) {
      return finish(buffers, 1);
    }
    statistics.addTxErrors(1);
    return result != BufferAccess.NOT_POSTED;
  }

  /**
   * Exchanges the addresses of the frames in the first free buffers, which are then filled.
   *
   * @return false if a buffer is refused
   */
  private boolean finish(BufferAccess buffers, int count) {
    segments.clear();
    if (buffers.pushGuestAddresses(free.array(), free.first(), count, segments) < 0) {
      return false;
    }
    GuestMemory memory = buffers.guestMemory();
    for (int buffer = 0; buffer < count; buffer++) {
      int segment = segments.firstSegment(buffer);
      long address = memory.nativeAddress(segments.address(segment), ADDRESSES_BYTES);
      if (address != 0 && segments.length(segment) >= ADDRESSES_BYTES) {
        exchangeAddresses(address);
      } else {
        // A buffer whose first part is shorter than the addresses: no peer of the benches has it.
        statistics.addRxErrors(1);
      }
    }
    filled.add(free.array(), free.first(), count);
    free.remove(count);
    statistics.addTxPackets(count);
    return true;
  }

  /** Twelve bytes as a number of eight and one of four; the first address is in the low bits. */
  private static void exchangeAddresses(long address) {
    long low = NATIVE.get(LONG, address);
    int high = NATIVE.get(INT, address + Long.BYTES);
    long second = low >>> ADDRESS_BITS | Integer.toUnsignedLong(high) << Long.SIZE - ADDRESS_BITS;
    NATIVE.set(LONG, address, low << ADDRESS_BITS | second);
    NATIVE.set(INT, address + Long.BYTES, (int) (low >>> Long.SIZE - ADDRESS_BITS));
  }

  private int refused() {
    failure =
        new EndpointException(
            EndpointError.BACKEND_FAILED,
            "receive buffer " + free.array()[free.first()] + " was refused as not posted");
    return FATAL;
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
      free.remove(free.count());
      filled.remove(filled.count());
      open.close();
    }
  }
}
