package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.linux.IoVector;
import org.patchbay.linux.RawIo;
import org.patchbay.linux.UnixSocket;

/** The packet path allocates nothing once it is compiled, refusals and parts of frames included. */
@Timeout(120)
class StreamAllocationTest {
  /** Enough for the compiler on a slow, busy machine. */
  private static final int MAX_ROUNDS = 300;

  private static final int PACKETS = 3200;
  private static final int BATCH = 32;

  private static ByteStream over(UnixSocket socket) {
    RawIo io = new RawIo();
    return new ByteStream() {
      @Override
      public long read(long address, long length) {
        return io.read(socket.descriptor().value(), address, length);
      }

      @Override
      public long send(IoVector vector, int count) {
        return io.send(socket.descriptor().value(), vector, count);
      }
    };
  }

  @Test
  void framesThroughASocketAllocateNothing() throws Exception {
    TestGuestMemory guest = new TestGuestMemory();
    TxBatch batch = new TxBatch(BATCH, 2 * BATCH);
    Random random = new Random(1);
    for (int i = 0; i < BATCH; i++) {
      int length = 60 + random.nextInt(9000);
      long address = guest.allocate(length);
      assertTrue(batch.addPacket(i, 2, 0, length, address, 50));
      assertTrue(batch.addSegment(address + 50, length - 50));
    }
    try (UnixSocket.Pair pair = UnixSocket.pair()) {
      pair.second().descriptor().setBlocking(false);
      ByteStream sending = over(pair.first());
      ByteStream receiving = over(pair.second());
      FrameWriter writer = new FrameWriter();
      FrameReader reader = new FrameReader(FrameReader.MIN_CAPACITY);
      QueueStatistics statistics = new QueueStatistics();
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long allocated = Long.MAX_VALUE;
      long received = 0;
      for (int round = 0; round < MAX_ROUNDS && allocated >= PACKETS; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < PACKETS; i += BATCH) {
          int done = writer.write(sending, guest.memory(), batch, statistics);
          received += drain(reader, receiving);
          assertTrue(done > 0);
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      while (!writer.flush(sending)) {
        received += drain(reader, receiving);
      }
      received += drain(reader, receiving);
      assertEquals(statistics.txPackets(), received);
      assertTrue(statistics.txPackets() > PACKETS / 2, "most of it was refused");
      assertTrue(allocated < PACKETS, allocated + " bytes after all rounds");
    }
  }

  private static int drain(FrameReader reader, ByteStream stream) {
    int frames = 0;
    boolean more = true;
    while (more || reader.next() > 0) {
      while (reader.next() > 0) {
        reader.remove();
        frames++;
      }
      more = reader.fill(stream);
    }
    return frames;
  }
}
