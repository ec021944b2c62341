package org.patchbay.conformance;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;

/**
 * A far side in memory, and the queues that lead to it. Transmits complete later, by {@code
 * txPoll}, and few at a time are accepted, so that a test of the kit sees pending packets and
 * back-pressure.
 */
class Wire implements Peer {

  private static final int IN_FLIGHT = 5;
  private static final int LONGEST = 65536;

  final BlockingQueue<byte[]> toPeer = new LinkedBlockingQueue<>();
  final ConcurrentLinkedQueue<byte[]> toGuest = new ConcurrentLinkedQueue<>();
  private volatile @Nullable QueueDriver driver;

  @Override
  public void inject(byte[] frame) {
    toGuest.add(frame.clone());
    becameReady();
  }

  /** Wakes the worker of the queue that was opened last. */
  void becameReady() {
    QueueDriver current = driver;
    if (current != null) {
      current.wake();
    }
  }

  @Override
  public byte @Nullable [] read(Duration patience) throws InterruptedException {
    return toPeer.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  Queue open(OpenQueues open, QueueDriver queueDriver) {
    driver = queueDriver;
    return new WireQueue(open, queueDriver, toGuest);
  }

  /** Opens a queue that frames of its own arrive at. */
  final Queue open(
      OpenQueues open, QueueDriver queueDriver, ConcurrentLinkedQueue<byte[]> arriving) {
    return new WireQueue(open, queueDriver, arriving);
  }

  /** A packet in flight. */
  private record Pending(int id, byte[] frame) {}

  /** A queue to the wire. */
  private final class WireQueue extends EchoQueue {

    private final ConcurrentLinkedQueue<byte[]> arriving;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final byte[] linear = new byte[LONGEST];

    WireQueue(OpenQueues open, QueueDriver driver, ConcurrentLinkedQueue<byte[]> arriving) {
      super(open, driver);
      this.arriving = arriving;
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      return !pending.isEmpty() || (!free.isEmpty() && !arriving.isEmpty());
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      int count = 0;
      while (count < space && !free.isEmpty()) {
        byte[] frame = arriving.poll();
        if (frame == null) {
          break;
        }
        int id = free.element();
        RxMetadata metadata = new RxMetadata().set(0, frame.length);
        int result =
            buffers.writePacket(id, metadata, MemorySegment.ofArray(frame), 0, frame.length);
        if (result == BufferAccess.TOO_LONG) {
          statistics.addRxErrors(1);
        } else if (result < 0) {
          return refused(id);
        } else {
          ids[count++] = free.remove();
        }
      }
      statistics.addRxPackets(count);
      return count;
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (batch.packetCount() == 0) {
        return TxResult.complete(0);
      }
      int count = Math.min(batch.packetCount(), IN_FLIGHT - pending.size());
      MemorySegment target = MemorySegment.ofArray(linear);
      for (int packet = 0; packet < count; packet++) {
        int length = batch.linearize(packet, buffers.guestMemory(), target, 0, LONGEST);
        if (length < 0) {
          statistics.addTxErrors(1);
        } else {
          statistics.addTxPackets(1);
        }
        pending.add(new Pending(batch.id(packet), wireFrame(length, batch.vlan(packet))));
      }
      if (count > 0) {
        driver.wake();
      }
      return TxResult.pending(count);
    }

    private byte[] wireFrame(int length, int vlan) {
      if (length < 0 || !Vlan.isPresent(vlan)) {
        return Arrays.copyOf(linear, Math.max(length, 0));
      }
      byte[] tagged = new byte[length + 4];
      System.arraycopy(linear, 0, tagged, 0, 12);
      ByteBuffer.wrap(tagged).putShort(12, (short) Vlan.ETHER_TYPE);
      ByteBuffer.wrap(tagged).putShort(14, (short) vlan);
      System.arraycopy(linear, 12, tagged, 16, length - 12);
      return tagged;
    }

    @Override
    public int txPoll(BufferAccess buffers, int[] ids, int space) {
      int count = 0;
      while (count < space && !pending.isEmpty()) {
        Pending packet = pending.remove();
        ids[count++] = packet.id();
        if (packet.frame().length > 0) {
          toPeer.add(packet.frame());
        }
      }
      return count;
    }

    @Override
    public void close() {
      super.close();
      pending.clear();
      arriving.clear();
    }
  }
}
