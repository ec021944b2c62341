package org.patchbay.benchmarks;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.TxResult;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.frontend.HostMemory;
import org.patchbay.frontend.RingPort;
import org.patchbay.frontend.SlotBuffers;

/**
 * A frontend's loop over the one queue of a TAP endpoint: sends frames as fast as they are taken,
 * or collects those that wait. Used by the main thread.
 */
final class TapSubject {

  /** Above this many bytes a frame is one TCP segmentation frame. */
  static final int LARGEST_PLAIN = 1514;

  private static final int BATCH = 32;
  private static final int BUFFERS = 512;
  private static final int SLOT = 2048;
  private static final int LARGEST = 66_000;
  private static final int TRANSMIT = BUFFERS * SLOT;
  private static final int SEGMENT_SIZE = 1448;
  private static final int EXPERIMENTAL_TYPE = 0x88b5;
  private static final long GIVE_UP_NANOS = 5_000_000_000L;

  private static final byte[] ADDRESSES = {2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa};

  /**
   * IPv4 and TCP headers of an acknowledgement, from the EtherType on; lengths are ours to fill.
   */
  private static final byte[] HEADERS = {
    8,
    0,
    0x45,
    0,
    0,
    0,
    0,
    1,
    0x40,
    0,
    64,
    6,
    0,
    0,
    10,
    99,
    0,
    1,
    10,
    99,
    0,
    2,
    (byte) 0x9c,
    0x40,
    (byte) 0x9c,
    0x41,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0x50,
    0x10,
    0,
    0,
    0,
    0,
    0,
    0
  };

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final HostMemory memory = new HostMemory(TRANSMIT + LARGEST);
  private final SlotBuffers buffers =
      new SlotBuffers(memory.guest(), HostMemory.START, BUFFERS, SLOT);
  private final BufferAccess access;
  private final TxBatch batch = new TxBatch(BATCH, BATCH);
  private final int[] ids = new int[BUFFERS];
  private final Queue queue;

  private TapSubject(Endpoint endpoint, WorkerWaitFactory waits, Cleanup cleanup)
      throws EndpointException, RigException {
    cleanup.add("the bench's memory", memory::close);
    buffers.attach(new EveryId());
    access = buffers.lend(buffers.memory(), false);
    WorkerWait wait = waits.open();
    cleanup.add("the bench's wait", wait::close);
    OwnedQueueDriver driver = wait.openDriver();
    queue =
        endpoint
            .getQueues(List.of(new QueueConfig(driver, MacAddress.forName("bench"), 1500)), null)
            .getFirst();
    cleanup.add(
        "the bench's queue",
        () -> {
          queue.close();
          driver.close();
          endpoint.stop();
        });
    for (int id = 0; id < BUFFERS; id++) {
      ids[id] = id;
    }
    check(queue.rxAvail(access, ids, BUFFERS));
  }

  /** Leaves the ledger out: each id is as good as another. */
  private static final class EveryId implements RingPort {
    @Override
    public void wake() {
      // The main thread polls.
    }

    @Override
    public boolean isPosted(int id) {
      return true;
    }

    @Override
    public void refuse(int id) {
      throw new IllegalStateException("no id is refused here");
    }
  }

  /** Opens the queue of an endpoint; the cleanup closes it. */
  static TapSubject open(Endpoint endpoint, WorkerWaitFactory waits, Cleanup cleanup)
      throws RigException {
    try {
      return new TapSubject(endpoint, waits, cleanup);
    } catch (EndpointException e) {
      throw new RigException("The TAP endpoint can't be used: " + e.getMessage(), e);
    }
  }

  /**
   * What one measurement of transmitting gave.
   *
   * @param frames how many were taken
   * @param nanosPerFrame time for each
   */
  record Sent(long frames, double nanosPerFrame) {}

  /** Transmits frames of a length for a time. */
  Sent transmit(int bytes, long nanos) throws RigException {
    fillFrame(bytes);
    long frames = 0;
    long begin = System.nanoTime();
    long now = begin;
    while (now - begin < nanos) {
      frames += transmitBatch(bytes);
      now = System.nanoTime();
    }
    return new Sent(frames, (double) (now - begin) / frames);
  }

  private int transmitBatch(int bytes) throws RigException {
    boolean segmented = bytes > LARGEST_PLAIN;
    long address = HostMemory.START + TRANSMIT;
    batch.clear();
    for (int i = 0; i < BATCH; i++) {
      batch.addPacket(i, 1, segmented ? flags() : 0, bytes, address, bytes);
      if (segmented) {
        batch.setOffload(14, 20, 20, 34, SEGMENT_SIZE);
      }
    }
    int result = queue.txAvail(access, batch);
    check(result);
    int accepted = TxResult.accepted(result);
    int pending = TxResult.isComplete(result) ? 0 : accepted;
    while (pending > 0) {
      pending -= check(queue.txPoll(access, ids, ids.length));
    }
    return accepted;
  }

  private static int flags() {
    return TxFlags.IPV4 | TxFlags.OFFLOAD_TCP_SEGMENTATION | TxFlags.OFFLOAD_TCP_CHECKSUM;
  }

  private void fillFrame(int bytes) {
    MemorySegment frame = memory.segment().asSlice(TRANSMIT, bytes);
    for (int i = 0; i < bytes; i++) {
      frame.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    frame.asSlice(0, ADDRESSES.length).copyFrom(MemorySegment.ofArray(ADDRESSES));
    if (bytes > LARGEST_PLAIN) {
      frame.asSlice(12, HEADERS.length).copyFrom(MemorySegment.ofArray(HEADERS));
      frame.set(SHORT, 16, (short) (bytes - 14));
    } else {
      frame.set(SHORT, 12, (short) EXPERIMENTAL_TYPE);
    }
  }

  /**
   * Collects frames that wait in the interface's queue, and posts their buffers again.
   *
   * @param bytes the length that each must have
   * @param count how many wait
   * @return nanoseconds for each
   */
  double drain(int bytes, int count) throws RigException {
    long begin = System.nanoTime();
    int left = count;
    while (left > 0) {
      int got = check(queue.rxPoll(access, ids, Math.min(left, BATCH)));
      for (int i = 0; i < got; i++) {
        if (buffers.metadata(ids[i]).length() != bytes) {
          throw new RigException(
              "The TAP endpoint gave a frame of " + buffers.metadata(ids[i]).length() + " bytes.");
        }
      }
      if (got > 0) {
        check(queue.rxAvail(access, ids, got));
      } else if (System.nanoTime() - begin > GIVE_UP_NANOS) {
        throw new RigException("The TAP endpoint kept " + left + " of " + count + " frames.");
      }
      left -= got;
    }
    return (double) (System.nanoTime() - begin) / count;
  }

  private int check(int result) throws RigException {
    if (result < 0) {
      throw new RigException("The TAP's queue failed: " + queue.failure());
    }
    return result;
  }
}
