package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;
import org.patchbay.frontend.offload.IpFrame;
import org.patchbay.frontend.offload.RecordingQueue;

/**
 * A guest that sends one TCP stream in large frames, each to be segmented, and relies on that. The
 * stream's bytes tell their place in it, so what backends got of it can be put together again.
 */
final class StreamingRings implements RingPair {

  static final int SLOTS = 8;
  static final int PAYLOAD = 6000;
  static final int SEGMENT = 500;
  private static final int SLOT_SIZE = 8192;

  /** Bytes of memory that each needs. */
  static final long BYTES = (SLOTS + 1L) * SLOT_SIZE;

  private final GuestMemory memory;
  private final long base;
  private final int source;
  private final SlotBuffers buffers;
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private final ArrayDeque<Integer> queued = new ArrayDeque<>();
  private final boolean[] inFlight = new boolean[SLOTS];
  private int position;

  @SuppressWarnings("NullAway.Init") // the engine attaches it before all else
  private RingPort port;

  volatile int ordered;
  volatile int vlan = Vlan.NONE;
  volatile int accepted;
  volatile int completed;

  /**
   * @param memory the guest's, which all its ring pairs share
   * @param index of the ring pair, which also is its place in memory
   */
  StreamingRings(GuestMemory memory, int index) {
    this.memory = memory;
    base = index * BYTES;
    source = 4000 + index;
    buffers = new SlotBuffers(memory, base + (long) SLOTS * SLOT_SIZE, 1, 2048);
    for (int i = 0; i < SLOTS; i++) {
      free.add(i);
    }
  }

  /** Orders more frames. */
  void order(int frames) {
    ordered += frames;
    port.wake();
  }

  @Override
  public int receiveSlots() {
    return 1;
  }

  @Override
  public int transmitSlots() {
    return SLOTS;
  }

  @Override
  public void attach(RingPort ringPort) {
    port = ringPort;
    buffers.attach(ringPort);
    include(ringPort);
  }

  /** Shows backends the scratch memory of a port, of this pair or one that shares its queue. */
  void include(RingPort any) {
    buffers.include(any.scratch());
  }

  RingPort port() {
    return port;
  }

  @Override
  public GuestMemory memory() {
    return buffers.memory();
  }

  @Override
  public BufferAccess lend(GuestMemory view, MemorySegment all, boolean apart) {
    return buffers.lend(view, apart);
  }

  @Override
  public int takePosted(int[] ids, int space) {
    return 0;
  }

  @Override
  public long deliver(int[] ids, int count) {
    throw new AssertionError("no buffer was posted");
  }

  @Override
  public void discard(int[] ids, int count) {
    throw new AssertionError("no buffer was posted");
  }

  private static byte at(int position) {
    return (byte) (position * 31 >>> 3);
  }

  @Override
  public int peekTransmits(TxBatch batch) {
    while (accepted + queued.size() < ordered && !free.isEmpty()) {
      int id = free.remove();
      byte[] frame = next().unfinished();
      memory.write(address(id), MemorySegment.ofArray(frame), 0, frame.length);
      queued.add(id);
    }
    IpFrame shape = new IpFrame();
    int length = shape.headers() + PAYLOAD;
    for (int id : queued) {
      int outer = port.firstTransmitId() + id;
      if (!batch.addPacket(outer, 1, shape.segmentationFlags(), length, address(id), length)) {
        break;
      }
      batch.setOffload(14, 20, 20, 34, SEGMENT);
      batch.setVlan(vlan);
    }
    return batch.packetCount();
  }

  private long address(int id) {
    return base + (long) id * SLOT_SIZE;
  }

  private IpFrame next() {
    IpFrame frame = new IpFrame();
    frame.source = source;
    frame.sequence = position;
    frame.payload = new byte[PAYLOAD];
    for (int i = 0; i < PAYLOAD; i++) {
      frame.payload[i] = at(position++);
    }
    return frame;
  }

  /**
   * Puts together what backends got.
   *
   * @return how many bytes of the stream are missing
   */
  int missing(List<RecordingQueue> queues, int frames) {
    IpFrame shape = new IpFrame();
    int expected = 0;
    int missing = 0;
    for (RecordingQueue queue : queues) {
      for (RecordingQueue.Sent sent : queue.sent) {
        ByteBuffer bytes = ByteBuffer.wrap(sent.frame());
        if (bytes.getShort(shape.transport()) != source) {
          continue; // another pair's
        }
        int from = bytes.getInt(shape.transport() + 4);
        assertTrue(from >= expected, "bytes from " + from + " were sent again");
        missing += from - expected;
        expected = from;
        for (int i = shape.headers(); i < sent.frame().length; i++) {
          assertEquals(at(expected++), sent.frame()[i]);
        }
      }
    }
    return missing + frames * PAYLOAD - expected;
  }

  @Override
  public void acceptTransmits(int count) {
    for (int i = 0; i < count; i++) {
      inFlight[queued.remove()] = true;
    }
    accepted += count;
  }

  @Override
  public void completeTransmits(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      int id = ids[i] - port.firstTransmitId();
      assertTrue(inFlight[id], "an id ends twice");
      inFlight[id] = false;
      free.add(id);
    }
    completed += count;
  }

  @Override
  public boolean pollReady(boolean receives, boolean transmits) {
    return transmits && accepted < ordered && !free.isEmpty();
  }

  @Override
  public void takeBack(int[] ids, int count) {
    assertEquals(0, count);
  }

  @Override
  public void close(int[] ids, int count) {
    assertEquals(0, count);
  }
}
