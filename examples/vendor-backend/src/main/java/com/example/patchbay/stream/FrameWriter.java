package com.example.patchbay.stream;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.linux.Errno;
import org.patchbay.linux.IoVector;

/**
 * Sends packets as frames straight from guest memory, many in one call. When the socket takes a
 * part of a frame, the rest of that one frame is copied, because the guest may use its memory again
 * once the packet is complete; nothing else is accepted until that rest has gone. Used by the
 * queue's worker; allocates nothing after construction.
 */
final class FrameWriter {
  /** Most packets of one call; with its length each takes two entries or more. */
  private static final int MAX_STAGED = 256;

  private static final int MAX_ENTRIES = 1024;
  private static final int HEADER = FrameReader.LENGTH_BYTES;
  private static final ValueLayout.OfInt LENGTH =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int STAGED = 0;
  private static final int FULL = 1;
  private static final int SCATTERED = 2;

  private final MemorySegment headers = Arena.ofAuto().allocate((long) MAX_STAGED * HEADER, 64);
  private final MemorySegment rest = Arena.ofAuto().allocate(FrameReader.MIN_CAPACITY, 64);
  private final IoVector vector = new IoVector(MAX_ENTRIES);
  private final IoVector restVector = new IoVector(1);

  /** Bytes of staged packets up to each one's end; a bad packet adds none. */
  private final int[] ends = new int[MAX_STAGED];

  private final boolean[] bad = new boolean[MAX_STAGED];
  private int staged;
  private int entries;
  private int bytes;

  private int restStart;
  private int restEnd;

  /** Errno of a call that the connection did not survive, or 0. */
  private int error;

  private boolean torn;

  /** Written by the worker; read by any thread for inspection. */
  private volatile int pending;

  /** Forgets everything, for another connection. */
  void reset() {
    restStart = 0;
    restEnd = 0;
    pending = 0;
    error = 0;
    torn = false;
  }

  /** Whether the connection can send no more. */
  boolean isBroken() {
    return error != 0 || torn;
  }

  /** Whether the connection ends within a frame that can't be completed any more. */
  boolean isTorn() {
    return torn;
  }

  /** The errno with which sending ended; 0 if it did not, or not for an errno. */
  int error() {
    return error;
  }

  /** Whether a frame went in part and its rest waits. */
  boolean holdsRest() {
    return restStart < restEnd || torn;
  }

  /** Bytes of a frame that wait; any thread. */
  int pendingBytes() {
    return pending;
  }

  /**
   * Sends the rest of a frame.
   *
   * @return whether nothing is left of it, so that more can be sent
   */
  boolean flush(ByteStream stream) {
    while (restStart < restEnd && !isBroken()) {
      restVector.set(0, rest.address() + restStart, restEnd - restStart);
      long result = send(stream, restVector, 1);
      if (result <= 0) {
        break;
      }
      restStart += (int) result;
    }
    pending = restEnd - restStart;
    return restStart == restEnd && !isBroken();
  }

  private long send(ByteStream stream, IoVector entriesToSend, int count) {
    long result;
    do {
      result = stream.send(entriesToSend, count);
    } while (result == -Errno.EINTR);
    if (result < 0 && !isTransient((int) -result) && result != -Errno.EFAULT) {
      error = (int) -result;
    }
    return result;
  }

  private static boolean isTransient(int errno) {
    return errno == Errno.EAGAIN || errno == Errno.ENOBUFS || errno == Errno.ENOMEM;
  }

  /**
   * Sends packets until the socket takes no more.
   *
   * @return how many packets of the batch are done, sent or dropped as bad and counted; nothing of
   *     the others was sent
   */
  int write(ByteStream stream, GuestMemory guest, TxBatch batch, QueueStatistics statistics) {
    int count = batch.packetCount();
    int done = 0;
    int limit = MAX_STAGED;
    while (done < count && flush(stream)) {
      int why = stage(guest, batch, done, count, limit);
      long result = entries == 0 ? 0 : send(stream, vector, entries);
      if (result == -Errno.EFAULT) {
        // Memory that the guest took away. Which packet's is found by sending them one by one.
        if (limit == 1) {
          bad[0] = true;
          ends[0] = 0;
          result = 0;
          bytes = 0;
        } else {
          limit = 1;
          continue;
        }
      }
      limit = MAX_STAGED;
      int concluded = conclude(guest, batch, done, Math.max(result, 0), statistics);
      done += concluded;
      if (concluded < staged || result < bytes) {
        break;
      }
      if (why == SCATTERED) {
        copyWhole(guest, batch, done, statistics);
        done++;
      }
    }
    if (restStart < restEnd) {
      // A scattered packet that came last; more of others is not tried after a part was refused.
      boolean _ = flush(stream);
    }
    return done;
  }

  /**
   * Puts packets into the vector, beginning with {@code first}.
   *
   * @return why it ended: {@link #STAGED} with the last packet, {@link #FULL}, or {@link
   *     #SCATTERED} before a packet that can't be sent from where it lies
   */
  private int stage(GuestMemory guest, TxBatch batch, int first, int count, int limit) {
    staged = 0;
    entries = 0;
    bytes = 0;
    for (int packet = first; packet < count; packet++) {
      if (staged == limit) {
        return FULL;
      }
      boolean good = batch.isWellFormed(packet) && batch.length(packet) <= FrameReader.MAX_FRAME;
      if (good && entries + 1 + batch.declaredSegments(packet) > MAX_ENTRIES) {
        return FULL;
      }
      if (good && !gather(guest, batch, packet)) {
        if (batch.liesWithin(packet, guest)) {
          return SCATTERED;
        }
        good = false;
      }
      bad[staged] = !good;
      if (good) {
        bytes += HEADER + batch.length(packet);
      }
      ends[staged] = bytes;
      staged++;
    }
    return STAGED;
  }

  /** Adds a packet's length and segments; false, with nothing added, if one can't be had whole. */
  private boolean gather(GuestMemory guest, TxBatch batch, int packet) {
    long header = (long) staged * HEADER;
    int entry = entries + 1;
    int end = batch.endSegment(packet);
    for (int i = batch.firstSegment(packet); i < end; i++) {
      int length = batch.segmentLength(i);
      if (length > 0) {
        long address = guest.nativeAddress(batch.segmentAddress(i), length);
        if (address == 0) {
          return false;
        }
        vector.set(entry++, address, length);
      }
    }
    headers.set(LENGTH, header, batch.length(packet));
    vector.set(entries, headers.address() + header, HEADER);
    entries = entry;
    return true;
  }

  /**
   * Counts what became of staged packets.
   *
   * @param sent how many bytes went
   * @return how many of the packets are done
   */
  private int conclude(
      GuestMemory guest, TxBatch batch, int first, long sent, QueueStatistics statistics) {
    int good = 0;
    int dropped = 0;
    int start = 0;
    int i = 0;
    for (; i < staged && start <= sent; i++) {
      int end = ends[i];
      if (end > sent) {
        if (start < sent) {
          copyRest(guest, batch, first + i, (int) sent - start);
          good++;
          i++;
        }
        break;
      }
      if (bad[i]) {
        dropped++;
      } else {
        good++;
      }
      start = end;
    }
    statistics.addTxPackets(good);
    if (dropped > 0) {
      statistics.addTxErrors(dropped);
    }
    return i;
  }

  /**
   * Copies what is left of a frame of which the socket took the first bytes.
   *
   * @param sent how many, its length's included
   */
  private void copyRest(GuestMemory guest, TxBatch batch, int packet, int sent) {
    // Guest memory that went away raises an error here. The stream can't go on then: the peer would
    // take other frames for the end of this one.
    torn = true;
    rest.set(LENGTH, 0, batch.length(packet));
    int position = HEADER;
    int end = batch.endSegment(packet);
    boolean whole = true;
    for (int i = batch.firstSegment(packet); i < end; i++) {
      int length = batch.segmentLength(i);
      int skip = Math.clamp(sent - position, 0, length);
      if (skip < length) {
        whole &= guest.read(batch.segmentAddress(i) + skip, rest, position + skip, length - skip);
      }
      position += length;
    }
    restStart = sent;
    restEnd = position;
    pending = restEnd - restStart;
    torn = !whole;
  }

  /** Copies a packet with a segment over the border of two regions, to be sent from here. */
  private void copyWhole(GuestMemory guest, TxBatch batch, int packet, QueueStatistics statistics) {
    int length = batch.linearize(packet, guest, rest, HEADER, FrameReader.MIN_CAPACITY - HEADER);
    if (length < 0) {
      statistics.addTxErrors(1);
      return;
    }
    rest.set(LENGTH, 0, length);
    restStart = 0;
    restEnd = HEADER + length;
    pending = restEnd;
    statistics.addTxPackets(1);
  }
}
