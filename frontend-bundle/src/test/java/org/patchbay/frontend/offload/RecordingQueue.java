package org.patchbay.frontend.offload;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/**
 * A queue that keeps the frames which it is offered. A pending frame is read only when it
 * completes, as by a device that is slow, so that whoever reuses its memory too early is found out.
 */
public final class RecordingQueue implements Queue {

  /**
   * A frame that was transmitted.
   *
   * @param flags what was left to do on it
   */
  public record Sent(int id, int flags, int vlan, int segments, byte[] frame) {}

  private record Held(int id, TxBatch packet) {}

  /** Frames whose transmission is over, in order. */
  public final List<Sent> sent = new ArrayList<>();

  private final Deque<Held> held = new ArrayDeque<>();
  private boolean refused;
  private final QueueStatistics statistics = new QueueStatistics();

  /** The packet of the last of them. */
  TxBatch last = new TxBatch(1, 1);

  /** How many packets the next call accepts at most. */
  public int most = Integer.MAX_VALUE;

  /** How many packets it can hold. */
  public int room = Integer.MAX_VALUE;

  /** Whether accepted packets stay pending. */
  public boolean pending;

  /** Whether pending packets never complete. */
  public boolean stuck;

  /** Whether frames are kept, which allocates. */
  boolean keeps = true;

  /** What the next call fails with; 0 if it does not. */
  int failure;

  int held() {
    return held.size();
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    if (failure != 0) {
      return failure;
    }
    int count = Math.clamp(room - held.size(), 0, Math.min(most, batch.packetCount()));
    refused = count < batch.packetCount();
    if (!keeps) {
      return TxResult.complete(count);
    }
    for (int i = 0; i < count; i++) {
      Held packet = new Held(batch.id(i), copy(batch, i));
      if (pending) {
        held.add(packet);
      } else {
        finish(buffers, packet);
      }
    }
    return pending ? TxResult.pending(count) : TxResult.complete(count);
  }

  /** A batch of this packet alone, as the engine fills its own anew. */
  private static TxBatch copy(TxBatch batch, int packet) {
    int first = batch.firstSegment(packet);
    int end = batch.endSegment(packet);
    TxBatch copy = new TxBatch(1, end - first);
    copy.addPacket(
        batch.id(packet),
        batch.declaredSegments(packet),
        batch.flags(packet),
        batch.length(packet),
        batch.segmentAddress(first),
        batch.segmentLength(first));
    for (int i = first + 1; i < end; i++) {
      copy.addSegment(batch.segmentAddress(i), batch.segmentLength(i));
    }
    copy.setOffload(
        batch.l2Length(packet),
        batch.l3Length(packet),
        batch.l4Length(packet),
        batch.transportHeaderOffset(packet),
        batch.maxSegmentSize(packet));
    copy.setVlan(batch.vlan(packet));
    return copy;
  }

  private void finish(BufferAccess buffers, Held packet) {
    TxBatch batch = packet.packet;
    byte[] frame = new byte[Math.max(batch.length(0), 0)];
    int length =
        batch.linearize(0, buffers.guestMemory(), MemorySegment.ofArray(frame), 0, frame.length);
    if (length < 0) {
      statistics.addTxErrors(1);
      return;
    }
    int segments = batch.segmentCount();
    sent.add(new Sent(packet.id, batch.flags(0), batch.vlan(0), segments, frame));
    last = batch;
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    int count = 0;
    while (count < space && !held.isEmpty() && !stuck) {
      Held packet = held.remove();
      finish(buffers, packet);
      ids[count++] = packet.id;
    }
    return count;
  }

  List<byte[]> frames() {
    return sent.stream().map(Sent::frame).toList();
  }

  /** Fails unless these are the frames that were sent. */
  static void assertFrames(List<byte[]> expected, List<byte[]> actual) {
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      if (!Arrays.equals(expected.get(i), actual.get(i))) {
        int at = Arrays.mismatch(expected.get(i), actual.get(i));
        throw new AssertionError(
            "frame %d of %d differs at byte %d: expected %s, was %s"
                .formatted(
                    i, expected.size(), at, hex(expected.get(i), at), hex(actual.get(i), at)));
      }
    }
    if (expected.size() != actual.size()) {
      throw new AssertionError("expected " + expected.size() + " frames, were " + actual.size());
    }
  }

  private static String hex(byte[] frame, int at) {
    StringBuilder words = new StringBuilder("(" + frame.length + " bytes) ...");
    for (int i = at; i < Math.min(at + 8, frame.length); i++) {
      words.append(' ').append("%02x".formatted(frame[i]));
    }
    return words.toString();
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    boolean hasRoom = refused && held.size() < room;
    refused &= !hasRoom;
    return hasRoom || !held.isEmpty() && !stuck;
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    return 0;
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    return 0;
  }

  @Override
  public QueueStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    held.clear();
  }
}
