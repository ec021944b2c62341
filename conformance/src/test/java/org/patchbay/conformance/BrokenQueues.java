package org.patchbay.conformance;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.DelegatingQueue;
import org.patchbay.api.Ethernet;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.OpenQueues;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueDriver;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;

/** Queues each of which breaks one line of the contract; {@link BrokenEndpoints} tells which. */
final class BrokenQueues {

  private BrokenQueues() {}

  static final class LosesWakeUp extends EchoQueue {
    LosesWakeUp(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      for (int i = 0; i < count; i++) {
        post(ids[i]);
      }
      return 0;
    }
  }

  static final class SilentWire extends Wire {
    @Override
    public void inject(byte[] frame) {
      toGuest.add(frame.clone());
    }
  }

  static final class AnswersTwice extends EchoQueue {
    private @Nullable Integer last;

    AnswersTwice(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      if (last != null) {
        ids[0] = last;
        last = null;
        return 1;
      }
      int count = super.rxPoll(buffers, ids, space);
      last = count > 0 ? ids[count - 1] : null;
      return count;
    }
  }

  static final class LosesFrames extends EchoQueue {
    private int frames;

    LosesFrames(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void received(int id, TxBatch batch, int packet) {
      super.received(id, batch, packet);
      if (frames++ % 4 == 0) {
        filled.removeLast();
      }
    }
  }

  /** Looks up the first segment of a buffer and writes the whole packet to where it begins. */
  static final class WritesPastCapacity extends EchoQueue {
    private final RxSegments segments = new RxSegments(8);

    WritesPastCapacity(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      int capacity = buffers.capacity(id);
      if (capacity < 0 || batch.length(packet) <= capacity) {
        return super.reflect(buffers, id, batch, packet);
      }
      segments.clear();
      int count = buffers.pushGuestAddresses(id, segments);
      GuestMemory memory = buffers.guestMemory();
      int last = count - 1;
      batch.copyPacket(packet, memory, memory, segments.address(last), batch.length(packet));
      return BufferAccess.TOO_LONG;
    }
  }

  static final class CountsSegments extends EchoQueue {
    CountsSegments(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int answer(TxBatch batch, int packets) {
      return TxResult.complete(packets == 0 ? 0 : batch.endSegment(packets - 1));
    }
  }

  static final class WritesAfterClose extends EchoQueue {
    private final RxSegments segments = new RxSegments(8);
    private @Nullable GuestMemory memory;

    WritesAfterClose(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      if (count > 0) {
        memory = buffers.guestMemory();
        buffers.pushGuestAddresses(ids[0], segments);
      }
      return super.rxAvail(buffers, ids, count);
    }

    @Override
    public void close() {
      super.close();
      GuestMemory kept = memory;
      if (kept != null) {
        byte[] late = {1, 2, 3};
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  LockSupport.parkNanos(20_000_000);
                  kept.write(segments.address(0), MemorySegment.ofArray(late), 0, late.length);
                });
      }
    }
  }

  static final class ReadsAfterClose extends DelegatingQueue {
    private final Wire wire;
    private @Nullable GuestMemory memory;
    private long address;
    private int length;

    ReadsAfterClose(Queue delegate, Wire wire) {
      super(delegate);
      this.wire = wire;
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (batch.packetCount() > 0) {
        memory = buffers.guestMemory();
        address = batch.segmentAddress(0);
        length = batch.segmentLength(0);
      }
      return super.txAvail(buffers, batch);
    }

    @Override
    public void close() {
      super.close();
      GuestMemory kept = memory;
      if (kept != null) {
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  LockSupport.parkNanos(20_000_000);
                  byte[] frame = new byte[length];
                  kept.read(address, MemorySegment.ofArray(frame), 0, length);
                  wire.toPeer.add(frame);
                });
      }
    }
  }

  /** Loses a frame when another queue of the endpoint is at work. */
  static final class SharesState extends EchoQueue {
    private final AtomicInteger users;

    SharesState(OpenQueues open, QueueDriver driver, AtomicInteger users) {
      super(open, driver);
      this.users = users;
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      boolean alone = users.getAndIncrement() == 0;
      LockSupport.parkNanos(500_000);
      int result = super.txAvail(buffers, batch);
      users.getAndDecrement();
      if (!alone && !filled.isEmpty()) {
        filled.removeLast();
      }
      return result;
    }
  }

  static final class ForgetsBuffer extends EchoQueue {
    private int posted;

    ForgetsBuffer(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void post(int id) {
      if (posted++ % 8 != 1) {
        super.post(id);
      }
    }
  }

  static final class Reorders extends EchoQueue {
    Reorders(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    /** Of each pair, the packets go into each other's buffers. */
    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      boolean fits = batch.packetCount() - packet <= free.size();
      boolean pair = fits && batch.packetCount() > (packet | 1);
      return super.reflect(buffers, id, batch, pair ? packet ^ 1 : packet);
    }
  }

  static final class LiesAboutCounts extends EchoQueue {
    LiesAboutCounts(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void received(int id, TxBatch batch, int packet) {
      super.received(id, batch, packet);
      statistics.addTxPackets(1);
    }
  }

  static final class KeepsAccess extends EchoQueue {
    private @Nullable BufferAccess kept;

    KeepsAccess(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      kept = buffers;
      return super.rxAvail(buffers, ids, count);
    }

    @Override
    public void updateTargetVp(int targetVp) {
      if (kept != null) {
        kept.capacity(1);
      }
    }
  }

  static final class NeverCompletes extends DelegatingQueue {
    NeverCompletes(Queue delegate) {
      super(delegate);
    }

    @Override
    public int txPoll(BufferAccess buffers, int[] ids, int space) {
      super.txPoll(buffers, new int[64], 64);
      return 0;
    }
  }

  static final class ThrowsOnBadPacket extends EchoQueue {
    ThrowsOnBadPacket(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      if (!batch.isWellFormed(packet) || !batch.liesWithin(packet, buffers.guestMemory())) {
        throw new IllegalArgumentException("packet " + packet + " is bad");
      }
      return super.reflect(buffers, id, batch, packet);
    }
  }

  static final class IgnoresSpace extends EchoQueue {
    IgnoresSpace(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      return super.rxPoll(buffers, ids, ids.length);
    }
  }

  static final class AlwaysReady extends EchoQueue {
    AlwaysReady(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      return true;
    }
  }

  static final class Blocks extends EchoQueue {
    private boolean posted;

    Blocks(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    void post(int id) {
      posted = true;
      super.post(id);
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      if (!posted) {
        LockSupport.parkNanos(1_200_000_000);
      }
      return super.pollReady(buffers);
    }
  }

  static final class FailsOnEmptyBatch extends EchoQueue {
    FailsOnEmptyBatch(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int answer(TxBatch batch, int packets) {
      return batch.packetCount() == 0 ? TRY_RESTART : super.answer(batch, packets);
    }
  }

  static final class CountsEachClose extends EchoQueue {
    private boolean closed;

    CountsEachClose(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public void close() {
      if (closed) {
        open.close();
      }
      closed = true;
      super.close();
    }
  }

  static final class DropsVlan extends EchoQueue {
    DropsVlan(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      RxMetadata metadata = new RxMetadata().set(0, batch.length(packet)).vlan(Vlan.NONE);
      return buffers.writePacket(id, metadata, batch, packet);
    }
  }

  /** Fails when it gets a VLAN, as one may that never gets any. */
  static final class FailsOnVlan extends EchoQueue {
    FailsOnVlan(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      if (Vlan.isPresent(batch.vlan(packet))) {
        throw new IllegalStateException("it gets no VLAN");
      }
      return super.reflect(buffers, id, batch, packet);
    }
  }

  /** Takes no frame that is longer than with an MTU of 576 bytes. */
  static final class TakesShortFrames extends EchoQueue {
    TakesShortFrames(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    int reflect(BufferAccess buffers, int id, TxBatch batch, int packet) {
      return batch.length(packet) > 576 + Ethernet.HEADER_LENGTH
          ? BufferAccess.BAD_PACKET
          : super.reflect(buffers, id, batch, packet);
    }
  }

  static final class BlocksForEver extends EchoQueue {
    BlocksForEver(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public int txPoll(BufferAccess buffers, int[] ids, int space) {
      while (true) {
        LockSupport.park();
      }
    }
  }

  static final class ThrowsFromClose extends EchoQueue {
    ThrowsFromClose(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public void close() {
      super.close();
      throw new StackOverflowError("made by the test");
    }
  }

  static final class ThrowsFromStatistics extends EchoQueue {
    ThrowsFromStatistics(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public QueueStatistics statistics() {
      throw new LinkageError("made by the test");
    }
  }

  static final class TakesNothing extends EchoQueue {
    TakesNothing(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      return false;
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      return TxResult.complete(0);
    }
  }

  /** Takes its first batch of eight after a while, for which it says that it has room. */
  static final class TakesLate extends EchoQueue {
    private static final int REFUSALS = 150;
    private int refused;

    TakesLate(OpenQueues open, QueueDriver driver) {
      super(open, driver);
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      return (refused > 0 && refused < REFUSALS) || super.pollReady(buffers);
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (batch.packetCount() == 8 && refused < REFUSALS) {
        refused++;
        LockSupport.parkNanos(5_000_000);
        return TxResult.complete(0);
      }
      return super.txAvail(buffers, batch);
    }
  }
}
