package org.patchbay.vhostuser.ring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;
import org.patchbay.frontend.RingPort;

/**
 * A pair's receive buffers as backends see them: a frame goes behind the virtio-net header into the
 * chain of the buffer's slot. What the guest's header can't express (where in the buffer the frame
 * begins, a VLAN beside it) is noted and put right before the buffer goes to the guest.
 *
 * <p>Worker only, except what changes it at rest.
 */
final class ReceiveBuffers implements BufferAccess {

  private static final int NOT_HERE = -1;
  private static final int TAG_LENGTH = 4;
  private static final int TAG_OFFSET = 12;
  private static final int PART = 2048;

  /** Where there is no guest: a page that nothing points to. */
  static final GuestMemory NOTHING =
      new GuestMemory(
          List.of(new GuestRegion(RingPort.SCRATCH_START, Arena.global().allocate(PART))));

  /** Of one that lends nothing. */
  private static final int[] NO_ROOM = new int[0];

  private int[] room = new int[VirtqueueLayout.MAX_SIZE];

  /** Offset of the frame, and in the upper half its VLAN plus 1; 0 if there is nothing to do. */
  private long[] notes = new long[VirtqueueLayout.MAX_SIZE];

  /** Bytes of header and frame, as a backend's metadata say. */
  private int[] told = new int[VirtqueueLayout.MAX_SIZE];

  private final byte[] header = new byte[NetHeader.LENGTH];
  private final MemorySegment headerSegment = MemorySegment.ofArray(header);
  private byte[] part = {};
  private MemorySegment partSegment = MemorySegment.ofArray(part);

  // Through which backends reach the guest.
  private final GuestMemory memory;
  private final MemorySegment all;

  private @Nullable RingPort port;
  private int firstId;

  // Of the virtqueue in use.
  private Chains chains = new Chains(1);
  private int headerLength = NetHeader.LENGTH;
  private boolean tellsValidity;

  /** Buffers that nobody was lent yet. */
  ReceiveBuffers() {
    this(NOTHING, MemorySegment.NULL);
    Arrays.fill(room, NOT_HERE);
  }

  private ReceiveBuffers(GuestMemory memory, MemorySegment all) {
    this.memory = memory;
    this.all = all;
  }

  // ---- at rest ----

  void attach(RingPort newPort) {
    port = newPort;
    firstId = newPort.firstReceiveId();
  }

  /** Buffers of the same pair for another virtqueue; these ones give access to nothing any more. */
  ReceiveBuffers successor() {
    ReceiveBuffers next = new ReceiveBuffers();
    next.port = port;
    next.firstId = firstId;
    end();
    return next;
  }

  /**
   * The same buffers, lent anew; these ones give access to nothing any more.
   *
   * @param view of the guest's memory
   * @param allThrough all native memory, as long as the view is not revoked
   * @param apart whether the new ones share nothing with these that either of them writes
   */
  ReceiveBuffers lend(GuestMemory view, MemorySegment allThrough, boolean apart) {
    ReceiveBuffers next = new ReceiveBuffers(view, allThrough, this, apart);
    end();
    return next;
  }

  private ReceiveBuffers(
      GuestMemory memory, MemorySegment all, ReceiveBuffers before, boolean apart) {
    this.memory = memory;
    this.all = all;
    room = apart ? before.room.clone() : before.room;
    notes = apart ? before.notes.clone() : before.notes;
    told = apart ? before.told.clone() : before.told;
    port = before.port;
    firstId = before.firstId;
    chains = before.chains;
    headerLength = before.headerLength;
    tellsValidity = before.tellsValidity;
  }

  private void end() {
    room = NO_ROOM;
    port = null;
  }

  /** Takes the chains of another virtqueue; no buffer is posted. */
  void use(Chains newChains, long features) {
    Arrays.fill(room, NOT_HERE);
    chains = newChains;
    headerLength = NetHeader.length(features);
    tellsValidity = Features.has(features, Features.GUEST_CSUM);
  }

  // ---- the receive side's ----

  /** Lets backends use a slot. */
  void post(int slot) {
    room[slot] = chains.length[slot] - headerLength;
    notes[slot] = 0;
    told[slot] = 0;
  }

  /** Bytes of header and frame by slot. */
  int[] told() {
    return told;
  }

  /** Takes a slot away from backends. */
  void withdraw(int slot) {
    room[slot] = NOT_HERE;
  }

  /** Takes all slots away from backends. */
  void withdrawAll() {
    Arrays.fill(room, NOT_HERE);
  }

  /** Whether {@link #settle} has something to do. */
  boolean isUnsettled(int slot) {
    return notes[slot] != 0;
  }

  /** Moves a frame to where the guest expects it, with its VLAN tag in it. */
  void settle(int slot) {
    int offset = (int) notes[slot];
    int vlan = (int) (notes[slot] >>> 32) + Vlan.NONE;
    int tagged = Vlan.isPresent(vlan) ? TAG_LENGTH : 0;
    int length = told[slot] - headerLength - tagged;
    notes[slot] = 0;
    move(slot, offset, 0, tagged == 0 ? length : TAG_OFFSET);
    if (tagged > 0) {
      move(slot, offset + TAG_OFFSET, TAG_OFFSET + TAG_LENGTH, length - TAG_OFFSET);
      header[0] = (byte) (Vlan.ETHER_TYPE >>> 8);
      header[1] = (byte) Vlan.ETHER_TYPE;
      header[2] = (byte) (vlan >>> 8);
      header[3] = (byte) vlan;
      chains.write(slot, headerLength + TAG_OFFSET, headerSegment, 0, TAG_LENGTH);
    }
  }

  /** Moves bytes of a frame, which may overlap, within its buffer. */
  private void move(int slot, int from, int to, int length) {
    if (from == to || length <= 0) {
      return;
    }
    ensurePart(length);
    chains.read(slot, headerLength + from, part, length);
    chains.write(slot, headerLength + to, partSegment, 0, length);
  }

  /** Seldom needed, and then kept: grows to the longest frame. */
  private void ensurePart(int length) {
    if (part.length < length) {
      part = new byte[Math.max(length, PART)];
      partSegment = MemorySegment.ofArray(part);
    }
  }

  // ---- BufferAccess ----

  @Override
  public GuestMemory guestMemory() {
    return memory;
  }

  /** The slot of an id that a backend may use, or negative. */
  private int slotOf(int id) {
    int slot = id - firstId;
    if (slot < 0 || slot >= room.length || room[slot] < 0) {
      RingPort attached = port;
      if (attached != null) {
        attached.refuse(id);
      }
      return NOT_HERE;
    }
    return slot;
  }

  @Override
  public int capacity(int id) {
    int slot = slotOf(id);
    return slot < 0 ? NOT_POSTED : room[slot];
  }

  @Override
  public int pushGuestAddresses(int id, RxSegments into) {
    int slot = slotOf(id);
    if (slot < 0) {
      return NOT_POSTED;
    }
    int skip = headerLength;
    int count = 0;
    int pieces = chains.segmentCount(slot);
    for (int piece = 0; piece < pieces; piece++) {
      int length = chains.segmentLength(slot, piece);
      if (length > skip) {
        into.add(chains.segmentAddress(slot, piece) + skip, length - skip);
        count++;
      }
      skip = Math.max(0, skip - length);
    }
    return count;
  }

  @Override
  public int pushGuestAddresses(int[] ids, int from, int count, RxSegments into) {
    long[] guestAddress = chains.guestAddress;
    int[] segments = chains.segments;
    int header = headerLength;
    int pushed = 0;
    for (int i = from; i < from + count; i++) {
      int slot = ids[i] - firstId;
      if (slot >= 0 && slot < room.length && room[slot] > 0 && segments[slot] == 0) {
        into.add(guestAddress[slot] + header, room[slot]);
        pushed++;
      } else {
        int result = pushGuestAddresses(ids[i], into);
        if (result < 0) {
          return NOT_POSTED;
        }
        pushed += result;
      }
      into.endBuffer();
    }
    return pushed;
  }

  @Override
  public int writeData(int id, MemorySegment source, long offset, int length) {
    int slot = slotOf(id);
    if (slot < 0) {
      return NOT_POSTED;
    }
    if (length < 0 || length > room[slot]) {
      return TOO_LONG;
    }
    if (chains.segments[slot] == 0) {
      MemorySegment.copy(source, offset, all, chains.nativeAddress[slot] + headerLength, length);
    } else {
      chains.write(all, slot, headerLength, source, offset, length);
    }
    return WRITTEN;
  }

  @Override
  public int writeMetadata(int id, RxMetadata metadata) {
    int slot = slotOf(id);
    if (slot < 0) {
      return NOT_POSTED;
    }
    int offset = metadata.offset();
    int length = metadata.length();
    int vlan = metadata.vlan();
    boolean tagged = Vlan.isPresent(vlan) && length >= TAG_OFFSET;
    if (offset < 0 || length < 0 || (long) offset + length > room[slot]) {
      RingPort attached = port;
      if (attached != null) {
        attached.overrun(id);
      }
      return TOO_LONG;
    }
    long whole = (long) length + (tagged ? TAG_LENGTH : 0);
    if (whole > room[slot]) {
      return TOO_LONG; // only our tag does not fit
    }
    boolean valid = tellsValidity && metadata.l4Checksum().isValid();
    writeHeader(slot, valid ? NetHeader.DATA_VALID : 0);
    notes[slot] = tagged ? offset | (long) (vlan - Vlan.NONE) << 32 : offset;
    told[slot] = headerLength + (int) whole;
    return WRITTEN;
  }

  private void writeHeader(int slot, int flags) {
    if (chains.segments[slot] == 0 && headerLength == NetHeader.LENGTH) {
      NetHeader.write(all, chains.nativeAddress[slot], flags);
    } else {
      Arrays.fill(header, (byte) 0);
      header[0] = (byte) flags;
      header[NetHeader.BUFFERS] = 1;
      chains.write(all, slot, 0, headerSegment, 0, headerLength);
    }
  }

  @Override
  public int writePacket(int id, RxMetadata metadata, TxBatch batch, int packet) {
    int slot = slotOf(id);
    if (slot < 0) {
      return NOT_POSTED;
    }
    int result = copyPacket(slot, batch, packet);
    return result == WRITTEN ? writeMetadata(id, metadata) : result;
  }

  /** Copies a packet of any kind into a buffer of any kind. */
  private int copyPacket(int slot, TxBatch batch, int packet) {
    if (!batch.isWellFormed(packet)) {
      return BAD_PACKET;
    }
    if (batch.length(packet) > room[slot]) {
      return TOO_LONG;
    }
    int position = headerLength;
    int end = batch.endSegment(packet);
    for (int segment = batch.firstSegment(packet); segment < end; segment++) {
      int length = batch.segmentLength(segment);
      long address = batch.segmentAddress(segment);
      long from = memory.nativeAddress(address, length);
      if (from != 0) {
        chains.write(all, slot, position, all, from, length);
      } else {
        ensurePart(length);
        if (!memory.read(address, partSegment, 0, length)) {
          return BAD_PACKET;
        }
        chains.write(all, slot, position, partSegment, 0, length);
      }
      position += length;
    }
    return WRITTEN;
  }

  @Override
  public int writePackets(
      int[] ids, int from, int count, RxMetadata carrier, TxBatch batch, int packet) {
    if (batch.hasVlan() || headerLength != NetHeader.LENGTH) {
      return BufferAccess.super.writePackets(ids, from, count, carrier, batch, packet);
    }
    Chains into = chains;
    long[] nativeAddress = into.nativeAddress;
    int[] usedLength = told;
    MemorySegment memoryOfAll = all;
    int[] segments = into.segments;
    for (int i = 0; i < count; i++) {
      int slot = ids[from + i] - firstId;
      if (slot < 0 || slot >= room.length) {
        return i;
      }
      int length = batch.length(packet + i);
      int segment = batch.firstSegment(packet + i);
      long source = sourceOf(batch, packet + i, segment, length);
      if (source == 0 || length > room[slot] || segments[slot] != 0) {
        carrier.set(0, length);
        if (writePacket(ids[from + i], carrier, batch, packet + i) != WRITTEN) {
          return i;
        }
        continue;
      }
      long target = nativeAddress[slot];
      NetHeader.write(memoryOfAll, target, 0);
      MemorySegment.copy(memoryOfAll, source, memoryOfAll, target + NetHeader.LENGTH, length);
      usedLength[slot] = NetHeader.LENGTH + length;
      notes[slot] = 0;
    }
    return count;
  }

  /** Where a packet of one segment within one region lies; 0 if it is not that. */
  private long sourceOf(TxBatch batch, int packet, int segment, int length) {
    return batch.endSegment(packet) - segment == 1
            && batch.declaredSegments(packet) == 1
            && batch.segmentLength(segment) == length
            && length > 0
        ? memory.nativeAddress(batch.segmentAddress(segment), length)
        : 0;
  }
}
