package org.patchbay.api;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A frontend's receive buffers and the guest memory that they lie in, lent to a {@link Queue} for
 * the length of one call.
 *
 * <p>The methods that write refuse instead of throwing: a frame longer than the buffer never
 * touches a neighbour, and the buffer stays usable. An id that the backend does not hold at that
 * moment is refused, counted by the frontend, and ends the plug.
 */
@ProviderType
public interface BufferAccess {

  /** Result: written. */
  int WRITTEN = 0;

  /** Result: the frame is longer than the buffer; nothing was written. */
  int TOO_LONG = -1;

  /** Result: the id is not that of a buffer which the backend holds; nothing was written. */
  int NOT_POSTED = -2;

  /** Result: the packet is malformed or outside guest memory; the buffer stays usable. */
  int BAD_PACKET = -3;

  /** The guest memory that addresses of this access refer to. */
  GuestMemory guestMemory();

  /** Capacity of a buffer in bytes, or {@link #NOT_POSTED}. */
  int capacity(int id);

  /**
   * Appends the guest segments of a buffer to a list, which the caller clears.
   *
   * @return how many segments were appended, or {@link #NOT_POSTED}
   */
  int pushGuestAddresses(int id, RxSegments segments);

  /**
   * Appends the guest segments of several buffers to a list, which the caller clears; {@link
   * RxSegments#endBuffer} separates them.
   *
   * @param ids the ids, in {@code ids[from]} to {@code ids[from + count - 1]}
   * @return how many segments were appended, or {@link #NOT_POSTED} if one of the ids is not
   *     posted, with the segments of those before it appended
   */
  int pushGuestAddresses(int[] ids, int from, int count, RxSegments segments);

  /**
   * Writes a frame to the start of a buffer.
   *
   * @param offset where the frame begins in {@code source}
   * @param length its length in bytes
   * @return {@link #WRITTEN}, {@link #TOO_LONG} or {@link #NOT_POSTED}
   */
  int writeData(int id, MemorySegment source, long offset, int length);

  /**
   * Writes the metadata of the frame in a buffer.
   *
   * @param metadata copied
   * @return {@link #WRITTEN}, {@link #NOT_POSTED}, or {@link #TOO_LONG} if its offset and length do
   *     not lie within the buffer
   */
  int writeMetadata(int id, RxMetadata metadata);

  /**
   * Writes a frame and then its metadata.
   *
   * @return {@link #WRITTEN}, {@link #TOO_LONG} or {@link #NOT_POSTED}
   */
  default int writePacket(
      int id, RxMetadata metadata, MemorySegment source, long offset, int length) {
    int result = writeData(id, source, offset, length);
    return result == WRITTEN ? writeMetadata(id, metadata) : result;
  }

  /**
   * Copies a transmitted packet into a buffer without an intermediate copy, then writes the
   * metadata.
   *
   * @param batch a batch whose addresses refer to {@link #guestMemory()}
   * @param packet the packet's index in the batch
   * @return {@link #WRITTEN}, {@link #TOO_LONG}, {@link #NOT_POSTED} or {@link #BAD_PACKET}
   */
  int writePacket(int id, RxMetadata metadata, TxBatch batch, int packet);

  /**
   * Copies transmitted packets into buffers without an intermediate copy, one each in order, with
   * metadata of the packet's length and VLAN; ends before the first packet that cannot be written.
   * One call for a batch: a frontend overrides it with a loop of its own.
   *
   * @param ids the buffers, in {@code ids[from]} to {@code ids[from + count - 1]}
   * @param count how many packets, at most as many as the batch has from {@code packet} on
   * @param metadata a carrier that the caller lends; its content is lost
   * @param batch a batch whose addresses refer to {@link #guestMemory()}
   * @param packet index of the first packet in the batch
   * @return how many were written; if fewer than {@code count}, {@link #writePacket(int,
   *     RxMetadata, TxBatch, int)} tells why the next one is not
   */
  default int writePackets(
      int[] ids, int from, int count, RxMetadata metadata, TxBatch batch, int packet) {
    for (int i = 0; i < count; i++) {
      metadata.set(0, batch.length(packet + i)).vlan(batch.vlan(packet + i));
      if (writePacket(ids[from + i], metadata, batch, packet + i) != WRITTEN) {
        return i;
      }
    }
    return count;
  }
}
