package org.patchbay.tap;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.ChecksumState;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Watch;
import org.patchbay.linux.VirtioNetHeader;

/**
 * The one queue of a TAP. Packets are written while they are offered, so that each is complete when
 * {@link #txAvail} returns; frames are read while they are collected.
 */
final class TapQueue implements Queue {
  /** How many frames one call may drop because they are too long, so that it ends. */
  private static final int MAX_DROPS = 64;

  private final OpenQueues open;
  private final TapDevice device;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final QueueDriver driver;
  private final Watch watch;
  private final QueueStatistics statistics = new QueueStatistics();
  private final PostedBuffers posted = new PostedBuffers();
  private final RxMetadata metadata = new RxMetadata();

  /** The last {@link #pollReady} said no, so that becoming ready has to wake the worker. */
  private boolean armed;

  /** The last read found the TAP empty; the next poll need not read again to know. */
  private boolean drained;

  /** The last write would have waited. */
  private boolean blocked;

  private volatile boolean closed;
  private @Nullable Throwable failure;

  /**
   * @param open the endpoint's count, which already includes this queue
   * @param driver wakes this queue's worker
   * @throws EndpointException if the driver can't watch the device's descriptor
   */
  TapQueue(
      OpenQueues open, TapDevice device, FrameReader reader, FrameWriter writer, QueueDriver driver)
      throws EndpointException {
    this.open = open;
    this.device = device;
    this.reader = reader;
    this.writer = writer;
    this.driver = driver;
    this.watch = driver.watch(device.descriptor());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Reads ahead to know, so that a worker that spins sees a frame without sleeping. With no
   * buffer posted the descriptor is neither read nor watched for reading.
   */
  @Override
  public boolean pollReady(BufferAccess buffers) {
    boolean ready = failure != null;
    int fired = watch.takeReady();
    if (blocked && (fired & Watch.WRITABLE) != 0) {
      blocked = false;
      ready = true;
    }
    boolean receiving = !closed && posted.count() > 0;
    if (receiving) {
      if (!drained || (fired & Watch.READABLE) != 0) {
        ready |= reader.fill(1) || reader.isGone();
      }
      drained = false;
    }
    armed = !ready;
    if (armed && !closed) {
      arm(receiving);
    }
    return ready;
  }

  private void arm(boolean receiving) {
    int interest = (receiving ? Watch.READABLE : 0) | (blocked ? Watch.WRITABLE : 0);
    if (interest != 0) {
      watch.arm(interest);
    }
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    boolean starved = posted.count() == 0;
    posted.add(ids, count);
    if (starved && armed && count > 0 && !closed) {
      if (reader.holdsFrame()) {
        driver.wake();
      } else {
        watch.arm(Watch.READABLE);
      }
    }
    return 0;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    if (closed || failure != null) {
      return failed();
    }
    MemorySegment memory = device.memory().segment();
    int filled = 0;
    int tooLong = 0;
    while (filled < space && posted.count() > 0 && tooLong < MAX_DROPS) {
      if (!reader.fill(Math.min(space - filled, posted.count()))) {
        drained = true;
        break;
      }
      int result = deliver(buffers, memory);
      if (result == BufferAccess.WRITTEN) {
        ids[filled++] = posted.oldest();
        posted.removeOldest();
      } else if (result == BufferAccess.NOT_POSTED) {
        refused();
        break;
      } else {
        tooLong++;
      }
      reader.remove();
    }
    statistics.addRxPackets(filled);
    if (tooLong > 0) {
      statistics.addRxErrors(tooLong);
    }
    // What was filled before the end came is handed over first.
    if (filled == 0 && (failure != null || reader.isGone())) {
      return failed();
    }
    return filled;
  }

  /** Writes the oldest frame into the buffer posted first. */
  private int deliver(BufferAccess buffers, MemorySegment memory) {
    long header = reader.oldest();
    int length = reader.oldestLength() - VirtioNetHeader.LENGTH;
    describe(VirtioNetHeader.flags(memory, header), length, metadata);
    return buffers.writePacket(
        posted.oldest(), metadata, memory, header + VirtioNetHeader.LENGTH, length);
  }

  /** Tells of a received frame what its header's flags say. */
  static void describe(int headerFlags, int length, RxMetadata metadata) {
    metadata.set(0, length);
    if ((headerFlags & VirtioNetHeader.DATA_VALID) != 0) {
      metadata.ipChecksum(ChecksumState.GOOD).l4Checksum(ChecksumState.GOOD);
    }
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    if (closed || failure != null) {
      return failed();
    }
    int done = writer.write(buffers.guestMemory(), batch, statistics);
    if (done < batch.packetCount()) {
      if (writer.isGone()) {
        return failed();
      }
      blocked = true;
      watch.arm(Watch.WRITABLE);
    }
    return TxResult.complete(done);
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

  /** The frontend says that the buffer posted first isn't ours: the two no longer agree. */
  private void refused() {
    failure =
        new EndpointException(
            EndpointError.BACKEND_FAILED,
            "receive buffer " + posted.oldest() + " was refused as not posted");
  }

  private int failed() {
    if (failure == null) {
      failure =
          closed
              ? new EndpointException(EndpointError.CLOSED, "the queue was used after its end")
              : new EndpointException(
                  EndpointError.NO_SUCH_INTERFACE,
                  "the interface " + device.interfaceName() + " was deleted");
    }
    return FATAL;
  }

  @Override
  public @Nullable Throwable failure() {
    return failure;
  }

  /** Leaves the descriptor open: it is the endpoint's. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      watch.close();
      open.close();
    }
  }
}
