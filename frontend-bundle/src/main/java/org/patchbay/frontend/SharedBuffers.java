package org.patchbay.frontend;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/**
 * The receive buffers of several ring pairs as one {@link BufferAccess}, for a queue that they
 * share: each call goes to the pair that the id belongs to. The metadata of frames is kept, as the
 * engine needs it to copy a frame from one pair's buffer to another's.
 *
 * <p>Worker only.
 */
final class SharedBuffers implements BufferAccess {

  private final PairPath[] pairs;
  private final @Nullable PairPath[] byIndex;

  // Kept here, as the pairs lend other access to those who come after.
  private final @Nullable BufferAccess[] accessByIndex;
  private GuestMemory memory;

  private final int slots;
  private final RxMetadata[] metadata;

  /**
   * @param pairs those that share the queue, at least two, in the order of their ids
   */
  SharedBuffers(PairPath[] pairs) {
    this.pairs = pairs;
    slots = pairs[0].receiveSlots();
    int indices = pairs[pairs.length - 1].index() + 1;
    byIndex = new @Nullable PairPath[indices];
    accessByIndex = new @Nullable BufferAccess[indices];
    memory = pairs[0].buffers().guestMemory();
    metadata = new RxMetadata[indices * slots];
    for (PairPath pair : pairs) {
      byIndex[pair.index()] = pair;
      for (int i = 0; i < slots; i++) {
        metadata[pair.firstReceiveId() + i] = new RxMetadata();
      }
    }
    renew();
  }

  /** Takes what the pairs lend now: to the same queue, after a change of the rings. */
  void renew() {
    memory = pairs[0].buffers().guestMemory();
    for (PairPath pair : pairs) {
      accessByIndex[pair.index()] = pair.buffers();
    }
  }

  private BufferAccess accessOf(int id) {
    return accessOf(pairOf(id));
  }

  private BufferAccess accessOf(PairPath pair) {
    return Objects.requireNonNull(accessByIndex[pair.index()]);
  }

  /** The pair whose range an id lies in; the first one, which refuses it, if there is none. */
  PairPath pairOf(int id) {
    int index = Integer.divideUnsigned(id, slots);
    PairPath pair = index < byIndex.length ? byIndex[index] : null;
    return pair == null ? pairs[0] : pair;
  }

  /** What the backend said of the frame in a posted buffer. */
  RxMetadata metadata(int id) {
    return metadata[id];
  }

  @Override
  public GuestMemory guestMemory() {
    return memory;
  }

  @Override
  public int capacity(int id) {
    return accessOf(id).capacity(id);
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments segments) {
    return accessOf(id).pushGuestAddresses(id, segments);
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments) {
    int pushed = 0;
    for (int i = from; i < from + count; i++) {
      int result = pushGuestAddresses(ids[i], segments);
      if (result < 0) {
        return result;
      }
      segments.endBuffer();
      pushed += result;
    }
    return pushed;
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    return accessOf(id).writeData(id, source, offset, length);
  }

  @Override
  public int writeMetadata(int id, RxMetadata newMetadata) {
    return noted(id, newMetadata, accessOf(id).writeMetadata(id, newMetadata));
  }

  @Override
  public int writePacket(int id, RxMetadata newMetadata, TxBatch batch, int packet) {
    return noted(id, newMetadata, accessOf(id).writePacket(id, newMetadata, batch, packet));
  }

  private int noted(int id, RxMetadata newMetadata, int result) {
    if (result == WRITTEN) {
      metadata[id].copyFrom(newMetadata);
    }
    return result;
  }

  @Override
  public int writePackets(
      int[] ids, int from, int count, RxMetadata carrier, TxBatch batch, int packet) {
    int done = 0;
    while (done < count) {
      PairPath pair = pairOf(ids[from + done]);
      int run = 1;
      while (done + run < count && pairOf(ids[from + done + run]) == pair) {
        run++;
      }
      int written =
          accessOf(pair).writePackets(ids, from + done, run, carrier, batch, packet + done);
      for (int i = done; i < done + written; i++) {
        metadata[ids[from + i]].set(0, batch.length(packet + i)).vlan(batch.vlan(packet + i));
      }
      done += written;
      if (written < run) {
        return done;
      }
    }
    return done;
  }
}
