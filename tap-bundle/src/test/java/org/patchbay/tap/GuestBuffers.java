package org.patchbay.tap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/**
 * A frontend's side for tests: guest memory of two adjoining regions, receive buffers with a guard
 * behind each, and the frames that were written with their metadata.
 */
final class GuestBuffers implements BufferAccess {
  static final long BASE = 0x10_0000;
  private static final int REGION = 8 << 20;
  private static final byte GUARD = 0x5a;

  /** Where receive buffers begin; packets to send lie before. */
  private static final long RECEIVE = BASE + (4 << 20);

  record Received(int id, byte[] frame, RxMetadata metadata) {}

  private record Buffer(long address, int capacity) {}

  private final MemorySegment memory = Arena.ofAuto().allocate(2L * REGION, 4096);
  private final GuestMemory guest =
      new GuestMemory(
          List.of(
              new GuestRegion(BASE, memory.asSlice(0, REGION)),
              new GuestRegion(BASE + REGION, memory.asSlice(REGION, REGION))));
  private final Map<Integer, Buffer> buffers = new HashMap<>();
  private final Map<Integer, RxMetadata> metadata = new HashMap<>();
  private long nextReceive = RECEIVE;
  private long nextSend = BASE;

  /** Address of the first byte of the second region. */
  static long border() {
    return BASE + REGION;
  }

  /** Makes a buffer that a test then posts. */
  void addBuffer(int id, int capacity) {
    buffers.put(id, new Buffer(nextReceive, capacity));
    memory.set(ValueLayout.JAVA_BYTE, nextReceive - BASE + capacity, GUARD);
    nextReceive += capacity + 1;
  }

  /** Takes back a buffer that rxPoll answered. */
  Received take(int id) {
    Buffer buffer = buffers.remove(id);
    RxMetadata written = metadata.remove(id);
    if (buffer == null || written == null) {
      throw new AssertionError("id " + id + " came back without having been posted and written");
    }
    if (memory.get(ValueLayout.JAVA_BYTE, buffer.address - BASE + buffer.capacity) != GUARD) {
      throw new AssertionError("the byte behind buffer " + id + " was overwritten");
    }
    byte[] frame =
        memory
            .asSlice(buffer.address - BASE + written.offset(), written.length())
            .toArray(ValueLayout.JAVA_BYTE);
    return new Received(id, frame, written);
  }

  /** Adds a packet to a batch, its bytes at fresh addresses in pieces of these lengths. */
  void addPacket(TxBatch batch, int id, int flags, byte[] frame, int... pieces) {
    if (nextSend + frame.length + 64L * (pieces.length + 1) > RECEIVE) {
      nextSend = BASE;
    }
    List<Integer> lengths = new ArrayList<>();
    int left = frame.length;
    for (int piece : pieces) {
      lengths.add(piece);
      left -= piece;
    }
    if (left > 0 || lengths.isEmpty()) {
      lengths.add(left);
    }
    int done = 0;
    for (int i = 0; i < lengths.size(); i++) {
      long address = nextSend;
      int length = lengths.get(i);
      put(address, frame, done, length);
      nextSend += length + 13;
      done += length;
      boolean added =
          i == 0
              ? batch.addPacket(id, lengths.size(), flags, frame.length, address, length)
              : batch.addSegment(address, length);
      if (!added) {
        throw new AssertionError("the batch is full");
      }
    }
  }

  void put(long address, byte[] bytes, int from, int length) {
    MemorySegment.copy(bytes, from, memory, ValueLayout.JAVA_BYTE, address - BASE, length);
  }

  @Override
  public GuestMemory guestMemory() {
    return guest;
  }

  @Override
  public int capacity(int id) {
    Buffer buffer = buffers.get(id);
    return buffer == null ? NOT_POSTED : buffer.capacity;
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments segments) {
    Buffer buffer = buffers.get(id);
    if (buffer == null) {
      return NOT_POSTED;
    }
    segments.add(buffer.address, buffer.capacity);
    return 1;
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments) {
    for (int i = from; i < from + count; i++) {
      if (pushGuestAddresses(ids[i], segments) < 0) {
        return NOT_POSTED;
      }
      segments.endBuffer();
    }
    return count;
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    Buffer buffer = buffers.get(id);
    if (buffer == null) {
      return NOT_POSTED;
    }
    if (length > buffer.capacity) {
      return TOO_LONG;
    }
    guest.write(buffer.address, source, offset, length);
    return WRITTEN;
  }

  @Override
  public int writeMetadata(int id, RxMetadata written) {
    if (!buffers.containsKey(id)) {
      return NOT_POSTED;
    }
    RxMetadata copy = new RxMetadata();
    copy.copyFrom(written);
    metadata.put(id, copy);
    return WRITTEN;
  }

  @Override
  public int writePacket(int id, RxMetadata written, TxBatch batch, int packet) {
    throw new AssertionError("a TAP does not reflect packets");
  }
}
