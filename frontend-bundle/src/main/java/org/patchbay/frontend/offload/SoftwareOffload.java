package org.patchbay.frontend.offload;

import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;
import org.patchbay.api.TxResult;
import org.patchbay.api.Vlan;

/**
 * The stage between a ring pair and a queue that does what the plugged endpoint lacks.
 *
 * <p>A batch of which no packet needs anything goes to the queue as it is: {@link #treats} says so,
 * at the cost of one pass over the flags. Else {@link #offer} fills a second batch: untouched
 * packets as they are; of each other packet one derived packet or, if it is to be segmented,
 * several, with their headers in scratch memory and the payload as slices of guest memory. A packet
 * whose headers are not what its flags say is dropped and counted, and those around it go on.
 *
 * <p>Derived packets have ids of their own, above the guest's, while a backend holds them. A packet
 * is done being offered when the backend has accepted all that is derived of it; its id completes
 * when all of that is complete. If a backend accepts only a part, the packet stays in the guest's
 * ring, and a cursor knows how many of its segments are done: the next offer, to the same queue or
 * to that of the next backend, goes on there, in software whatever the next backend can do.
 *
 * <p>Worker, or coordinator while the worker rests. Allocates nothing after construction but in
 * {@link #abandonBatch}.
 */
public final class SoftwareOffload {

  /** How many derived packets a backend can hold at a time, and how many ids there are for them. */
  public static final int DERIVED_IDS = 128;

  /** Distance of the scratch memories of two ring pairs. */
  public static final long SCRATCH_STRIDE = 1L << 20;

  /** Answer of {@link #complete}: more of the guest's packet is under way. */
  public static final int OPEN = -1;

  /** Answer of {@link #complete}: the backend did not hold that id. */
  public static final int REFUSED = -2;

  private static final int TRANSPORT_CHECKSUMS =
      TxFlags.OFFLOAD_TCP_CHECKSUM | TxFlags.OFFLOAD_UDP_CHECKSUM;

  private static final int UNTOUCHED = 0;
  private static final int TREATED = 1;
  private static final int DROPPED = 2;

  private static final int NOBODY = -1;

  private final ScratchMemory scratch;
  private final DerivedIds ids;
  private final DerivedBatch derived;
  private final Treatment treatment;

  // Of each packet of the guest's batch that was filled in: what became of it, and where in the
  // derived batch it ends.
  private final int[] fates;
  private final int[] ends;
  private int filled;

  private int lacking;
  private boolean insertsTags;

  /** The guest's packet that was accepted in part, and how many of its segments were. */
  private int cursorId = NOBODY;

  private int cursorIndex;

  // Of the last offer.
  private int accepted;
  private int transmitted;
  private int treated;
  private int dropped;
  private boolean blocked;
  private boolean complete;

  /**
   * @param firstTransmitId the ring pair's lowest transmit id
   * @param transmitSlots how many it has
   * @param firstDerivedId the lowest of {@link #DERIVED_IDS} ids that nobody else has
   * @param scratchAddress guest address for scratch memory, where no guest has memory
   * @param batchPackets how many packets the guest's batches have at most
   * @param batchSegments how many segments they have at most
   */
  public SoftwareOffload(
      int firstTransmitId,
      int transmitSlots,
      int firstDerivedId,
      long scratchAddress,
      int batchPackets,
      int batchSegments) {
    scratch = new ScratchMemory(scratchAddress, DERIVED_IDS);
    ids = new DerivedIds(firstDerivedId, DERIVED_IDS, firstTransmitId, transmitSlots);
    derived = new DerivedBatch(DERIVED_IDS, batchSegments, scratch, ids);
    treatment = new Treatment(derived);
    fates = new int[batchPackets];
    ends = new int[batchPackets];
  }

  /** Scratch memory, which belongs to the guest memory that the queue is shown. Any thread. */
  public GuestRegion scratch() {
    return scratch.region();
  }

  /**
   * Prepares for a new queue. A packet that was accepted in part by the old one goes on.
   *
   * @param supported the flags of {@link TxFlags} that its endpoint does itself
   * @param carriesVlan whether the endpoint takes a VLAN as metadata
   */
  public void begin(int supported, boolean carriesVlan) {
    lacking = TxFlags.ANY_OFFLOAD & ~supported;
    insertsTags = !carriesVlan;
    treatment.setLacking(lacking);
  }

  // ---- offering ----

  /** Whether a batch has to go through {@link #offer}; else the queue can have it as it is. */
  public boolean treats(TxBatch batch) {
    if (cursorId != NOBODY) {
      return true;
    }
    if (lacking == 0 && !insertsTags) {
      return false;
    }
    int flags = 0;
    for (int i = 0; i < batch.packetCount(); i++) {
      flags |= batch.flags(i);
    }
    return (flags & lacking) != 0 || insertsTags && hasTag(batch);
  }

  private static boolean hasTag(TxBatch batch) {
    if (batch.hasVlan()) {
      for (int i = 0; i < batch.packetCount(); i++) {
        if (Vlan.isPresent(batch.vlan(i))) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Offers a batch to the queue. The methods after this one tell what came of it.
   *
   * @param batch what the ring pair shows; a packet that was accepted in part comes first again
   * @return 0 or a failure code of {@link Queue}, after which nothing has changed
   */
  public int offer(Queue queue, BufferAccess buffers, TxBatch batch) {
    fill(batch, buffers.guestMemory());
    int result =
        derived.count() > 0 ? queue.txAvail(buffers, derived.batch()) : TxResult.complete(0);
    if (TxResult.isFailure(result)) {
      return result;
    }
    settle(batch, result);
    return 0;
  }

  /**
   * How many packets of the batch need not be offered again: all that is derived of them was
   * accepted, or they were dropped.
   */
  public int accepted() {
    return accepted;
  }

  /** Whether the id of an accepted packet comes back later; else it is complete now. */
  public boolean isPending(TxBatch batch, int packet) {
    return fates[packet] == UNTOUCHED ? !complete : ids.isOutstanding(batch.id(packet));
  }

  /** How many of the accepted packets needed something and got it. */
  public int treated() {
    return treated;
  }

  /** How many of the accepted packets were dropped because they can't be treated. */
  public int dropped() {
    return dropped;
  }

  /** How much was done: packets that the queue accepted, and those dropped. */
  public int transmitted() {
    return transmitted;
  }

  /** Whether the queue has to have room again before another offer can do something. */
  public boolean isBlocked() {
    return blocked;
  }

  private void fill(TxBatch batch, GuestMemory memory) {
    derived.clear();
    filled = 0;
    int count = batch.packetCount();
    if (cursorId != NOBODY && (count == 0 || batch.id(0) != cursorId)) {
      // The guest put another packet in its place: what was sent of that one is nobody's now.
      ids.disown(cursorId);
      rewind();
    }
    while (filled < count && add(batch, filled, memory)) {
      ends[filled] = derived.count();
      filled++;
    }
  }

  /** Adds a packet of the guest's; false if not all of it fits. */
  private boolean add(TxBatch batch, int packet, GuestMemory memory) {
    int flags = batch.flags(packet);
    boolean continued = packet == 0 && cursorId != NOBODY;
    int work = continued ? flags & TxFlags.ANY_OFFLOAD : flags & lacking;
    if ((flags & ~work & TxFlags.ANY_SEGMENTATION) != 0) {
      // Who cuts the packet computes the checksums of its segments.
      work &= ~TRANSPORT_CHECKSUMS;
    }
    boolean insertsTag = insertsTags && Vlan.isPresent(batch.vlan(packet));
    if (work == 0 && !insertsTag && !continued) {
      fates[packet] = UNTOUCHED;
      return derived.copy(batch, packet, flags & ~lacking);
    }
    int index = continued ? cursorIndex : 0;
    int result = treatment.apply(batch, packet, work, insertsTag, index, memory);
    fates[packet] = result == Treatment.BAD ? DROPPED : TREATED;
    return result != Treatment.FULL;
  }

  /** Notes what a queue has accepted of the derived batch. */
  private void settle(TxBatch batch, int result) {
    int count = TxResult.accepted(result);
    complete = TxResult.isComplete(result);
    if (!complete) {
      hold(batch, count);
    }
    accepted = 0;
    treated = 0;
    dropped = 0;
    int done = 0;
    while (accepted < filled && ends[accepted] <= count) {
      done = ends[accepted];
      treated += fates[accepted] == TREATED ? 1 : 0;
      dropped += fates[accepted] == DROPPED ? 1 : 0;
      accepted++;
    }
    moveCursor(batch, count - done);
    transmitted = count + dropped;
    blocked = count < derived.count() || derived.isOutOfIds() && ids.inFlight() > 0;
  }

  private void hold(TxBatch batch, int count) {
    int owner = 0;
    for (int i = 0; i < count; i++) {
      while (owner < filled && ends[owner] <= i) {
        owner++;
      }
      if (derived.isDerived(i)) {
        ids.take(batch.id(owner));
      }
    }
  }

  /**
   * @param segments how many segments were accepted of the first packet that is not accepted
   */
  private void moveCursor(TxBatch batch, int segments) {
    if (accepted > 0) {
      rewind();
    }
    if (segments > 0) {
      cursorId = batch.id(accepted);
      cursorIndex += segments;
    }
  }

  // ---- completion ----

  /** How many derived packets the queue holds. */
  public int inFlight() {
    return ids.inFlight();
  }

  /** Whether an id is one of those for derived packets. */
  public boolean owns(int id) {
    return ids.isDerived(id);
  }

  /** Whether the queue holds packets derived of one of the guest's. */
  public boolean isOutstanding(int guestId) {
    return ids.isOutstanding(guestId);
  }

  /**
   * Takes an id that the queue gave back.
   *
   * @return the id of the guest's packet that is complete now, {@link #OPEN}, or {@link #REFUSED};
   *     an id that is no derived one is answered as it is, for the ledger to judge
   */
  public int complete(int id) {
    if (!ids.isDerived(id)) {
      return ids.isOutstanding(id) ? REFUSED : id;
    }
    int guest = ids.giveBack(id);
    if (guest == DerivedIds.NOT_HELD) {
      return REFUSED;
    }
    boolean more = guest == DerivedIds.DISOWNED || guest == cursorId || ids.isOutstanding(guest);
    return more ? OPEN : guest;
  }

  /** Forgets what the queue, which was closed, still held. The cursor stays where it is. */
  public void abort() {
    if (ids.inFlight() > 0) {
      ids.reset();
    }
  }

  /**
   * Forgets that a packet was accepted in part, as the ring pair will not show it again: its ring
   * stopped, or it is dropped.
   */
  public void rewind() {
    cursorId = NOBODY;
    cursorIndex = 0;
  }

  /** Takes a fresh batch, as a call of the queue that is stuck still has the present one. */
  public void abandonBatch() {
    derived.abandon();
  }
}
