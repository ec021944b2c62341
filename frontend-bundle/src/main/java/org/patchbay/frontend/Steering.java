package org.patchbay.frontend;

import java.lang.foreign.MemorySegment;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

/**
 * Deals the frames of one queue out to the ring pairs that share it, each flow to one pair.
 *
 * <p>A backend fills buffers in the order in which they were posted, whichever pair they belong to,
 * so a frame often lands in the wrong pair's buffer. It is then copied into a buffer of the right
 * pair's reserve, which the backend does not have, and the buffer that it landed in joins the
 * reserve of its own pair:
 *
 * <pre>
 *   guest's --keep--> reserve --release--> posted --frame landed--+--> delivered, if it is the
 *                      |  ^                                       |    right pair's
 *                      |  +---------------- else -----------------+
 *                      +--frame copied--> delivered
 * </pre>
 *
 * Of all buffers of {@code n} pairs an n-th is posted, as many as one pair has; so the reserve of
 * each is as large as what the others have posted, and suffices until new ones come, wherever
 * frames land.
 *
 * <p>Where a pair's buffers must come back in order, its reserve holds those that the guest posted
 * before all that the backend has, and is used up first, even for frames that landed right. So new
 * buffers join it only while the backend has none of the pair, and it may run out. A frame for a
 * pair without a reserve goes to the pair that it landed at: it is not lost for that.
 *
 * <p>Worker only.
 */
final class Steering {

  /** How many buffers of one pair are posted in a row, so that none of the pairs runs dry. */
  private static final int POST_RUN = 16;

  private static final int MAX_SEGMENTS = 256;

  private final PairPath[] pairs;
  private final Lane[] lanes;
  private final SharedBuffers buffers;
  private final byte[] header = new byte[FlowHash.HEADER_BYTES];
  private final MemorySegment headerMemory = MemorySegment.ofArray(header);
  private final RxSegments segments = new RxSegments(MAX_SEGMENTS);
  private final TxBatch copy = new TxBatch(1, MAX_SEGMENTS);
  private final RxMetadata carrier = new RxMetadata();

  /** What the steering knows of one pair. */
  private static final class Lane {
    final IdFifo reserve;
    final int[] ids;
    final boolean inOrder;
    int count;
    int nextRepost;

    Lane(PairPath pair, int batch) {
      reserve = new IdFifo(pair.receiveSlots());
      ids = new int[batch];
      inOrder = pair.rings().isInOrder();
    }
  }

  /**
   * @param pairs those that share the queue, at least two, in the order of their ids
   * @param batch the largest number of ids of a call
   */
  Steering(PairPath[] pairs, int batch) {
    this.pairs = pairs;
    buffers = new SharedBuffers(pairs);
    lanes = new Lane[pairs.length];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new Lane(pairs[i], batch);
    }
  }

  /** The pairs' buffers, as the queue addresses them. */
  SharedBuffers buffers() {
    return buffers;
  }

  private int laneOf(int id) {
    PairPath pair = buffers.pairOf(id);
    int lane = 0;
    while (pairs[lane] != pair) {
      lane++;
    }
    return lane;
  }

  // ---- posting ----

  /** Takes what the guest has posted to one pair; posts it, or keeps it in reserve. */
  int post(int lane, Queue queue, int[] ids) {
    PairPath pair = pairs[lane];
    Lane own = lanes[lane];
    IdLedger ledger = pair.ledger();
    int count = pair.takePosted(ids);
    pair.counters().receiveIdsHeld += count;
    int posted = 0;
    boolean forReserve = !own.inOrder || ledger.postedCount() == 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      ledger.keep(id);
      if (forReserve) {
        own.reserve.add(id);
      } else {
        ledger.release(id);
        ids[posted++] = id;
      }
    }
    int result = posted == 0 ? 0 : queue.rxAvail(buffers, ids, posted);
    boolean mayHaveMore = count == ids.length;
    if (result >= 0 && !mayHaveMore) {
      result = fillUp(lane, count > 0, queue, ids);
    }
    return result < 0 ? result : count;
  }

  /** Posts the newest of a reserve if the backend has too few buffers. */
  private int fillUp(int lane, boolean isFresh, Queue queue, int[] ids) {
    Lane own = lanes[lane];
    IdLedger ledger = pairs[lane].ledger();
    int size = own.reserve.size();
    if (size == 0 || own.inOrder && ledger.postedCount() > 0) {
      return 0;
    }
    int held = 0;
    int present = 0;
    for (PairPath pair : pairs) {
      held += pair.ledger().heldCount();
      present += pair.ledger().postedCount();
    }
    int wanted = share(held);
    if (present >= (isFresh ? wanted : Math.ceilDiv(wanted, 2))) {
      return 0;
    }
    int from = Math.max(0, size - (wanted - present));
    int result = 0;
    int fill = 0;
    for (int i = from; i < size && result >= 0; i++) {
      int id = own.reserve.get(i);
      ledger.release(id);
      ids[fill++] = id;
      if (fill == ids.length || i == size - 1) {
        result = queue.rxAvail(buffers, ids, fill);
        fill = 0;
      }
    }
    own.reserve.truncate(from);
    return result;
  }

  /** How many of some buffers are to be posted. */
  private int share(int held) {
    return Math.ceilDiv(held, pairs.length);
  }

  /** Puts what was restored to the ledgers into the reserves, in the guest's order. */
  void refill() {
    for (int i = 0; i < pairs.length; i++) {
      IdLedger ledger = pairs[i].ledger();
      IdFifo reserve = lanes[i].reserve;
      reserve.clear();
      for (int id = ledger.firstHeld(); id >= 0; id = ledger.nextHeld(id)) {
        if (ledger.isKept(id)) {
          reserve.add(id);
        }
      }
    }
  }

  /** Posts the newest of what is held of all pairs to a new queue, and keeps the rest. */
  int repost(Queue queue, int[] ids) {
    for (int i = 0; i < pairs.length; i++) {
      IdLedger ledger = pairs[i].ledger();
      Lane lane = lanes[i];
      lane.reserve.clear();
      int kept = ledger.heldCount() - share(ledger.heldCount());
      int id = ledger.firstHeld();
      for (int n = 0; n < kept; n++) {
        lane.reserve.add(id);
        id = ledger.nextHeld(id);
      }
      lane.nextRepost = id;
    }
    // In turn, so that what a backend fills in a row is not all of one pair.
    int result = 0;
    boolean more = true;
    while (more && result >= 0) {
      more = false;
      for (int i = 0; i < pairs.length && result >= 0; i++) {
        int fill = nextRun(i, ids);
        if (fill > 0) {
          more = true;
          result = queue.rxAvail(buffers, ids, fill);
        }
      }
    }
    return result;
  }

  private int nextRun(int lane, int[] ids) {
    IdLedger ledger = pairs[lane].ledger();
    int most = Math.min(POST_RUN, ids.length);
    int fill = 0;
    int id = lanes[lane].nextRepost;
    while (id >= 0 && fill < most) {
      ledger.release(id);
      ids[fill++] = id;
      id = ledger.nextHeld(id);
    }
    lanes[lane].nextRepost = id;
    return fill;
  }

  // ---- receiving ----

  /** Deals filled buffers out to the pairs. */
  void receive(int[] ids, int count, boolean linkUp) {
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      int landed = laneOf(id);
      if (pairs[landed].isPosted(id)) {
        int target = linkUp ? Math.floorMod(hash(id), pairs.length) : landed;
        deal(id, landed, target);
      } else {
        pairs[landed].refuse(id);
      }
    }
    for (int i = 0; i < lanes.length; i++) {
      Lane lane = lanes[i];
      if (lane.count > 0) {
        pairs[i].deliver(lane.ids, lane.count, linkUp);
        lane.count = 0;
      }
    }
  }

  private int hash(int id) {
    RxMetadata metadata = buffers.metadata(id);
    int length = Math.min(metadata.length(), header.length);
    segments.clear();
    buffers.pushGuestAddresses(id, segments);
    return readHeader(metadata.offset(), length) ? FlowHash.of(header, length) : 0;
  }

  /** Reads a frame's first bytes, once; the guest may change them meanwhile. */
  private boolean readHeader(int offset, int length) {
    int skip = offset;
    int done = 0;
    for (int i = 0; i < segments.count() && done < length; i++) {
      int part = Math.min(segments.length(i) - skip, length - done);
      if (part <= 0) {
        skip -= segments.length(i);
        continue;
      }
      if (!buffers.guestMemory().read(segments.address(i) + skip, headerMemory, done, part)) {
        return false;
      }
      done += part;
      skip = 0;
    }
    return done == length;
  }

  /** Delivers a frame to a pair, or to the one it landed at. */
  private void deal(int id, int landed, int wanted) {
    int target = wanted;
    PortCounters counters = pairs[landed].counters();
    if (target != landed && lanes[target].reserve.size() == 0) {
      counters.rxMissteered.add(1);
      target = landed;
    }
    Lane lane = lanes[target];
    boolean direct = target == landed && (!lane.inOrder || lane.reserve.size() == 0);
    if (!direct && copied(id, landed, target)) {
      counters.rxCopied.add(1);
      return;
    }
    if (!direct && lanes[landed].inOrder) {
      // It can't be delivered before the buffers in reserve, which it does not fit in.
      pairs[landed].ledger().withdraw(id);
      lanes[landed].reserve.add(id);
      counters.rxDiscarded.add(1);
      return;
    }
    if (target != landed) {
      counters.rxMissteered.add(1);
    }
    pairs[landed].ledger().takeBack(id);
    lanes[landed].ids[lanes[landed].count++] = id;
  }

  /** Copies a frame into the oldest buffer of a pair's reserve, and keeps the one it landed in. */
  private boolean copied(int id, int landed, int target) {
    Lane lane = lanes[target];
    IdLedger ledger = pairs[target].ledger();
    int free = lane.reserve.get(0);
    if (!describe(id)) {
      return false;
    }
    ledger.release(free); // posted for as long as we are the one who writes to it
    BufferAccess access = pairs[target].buffers();
    if (access.writePacket(free, carrier, copy, 0) != BufferAccess.WRITTEN) {
      ledger.withdraw(free);
      return false;
    }
    ledger.takeBack(free);
    lane.reserve.removeFirst();
    lane.ids[lane.count++] = free;
    pairs[landed].ledger().withdraw(id);
    lanes[landed].reserve.add(id);
    return true;
  }

  /** Describes the frame in a buffer as a packet to copy, with metadata for where it then lies. */
  private boolean describe(int id) {
    RxMetadata metadata = buffers.metadata(id);
    int length = metadata.length();
    carrier
        .set(0, length)
        .ipChecksum(metadata.ipChecksum())
        .l4Checksum(metadata.l4Checksum())
        .l4Protocol(metadata.l4Protocol())
        .vlan(metadata.vlan());
    segments.clear();
    buffers.pushGuestAddresses(id, segments);
    copy.clear();
    int skip = metadata.offset();
    int left = length;
    int parts = 0;
    for (int i = 0; i < segments.count() && left > 0; i++) {
      int part = Math.min(segments.length(i) - skip, left);
      if (part <= 0) {
        skip -= segments.length(i);
        continue;
      }
      parts++;
      left -= part;
      skip = 0;
    }
    if (left > 0 || parts == 0 || parts > MAX_SEGMENTS - 1) {
      return false;
    }
    fillCopy(metadata.offset(), length, parts);
    return true;
  }

  private void fillCopy(int offset, int length, int parts) {
    int skip = offset;
    int left = length;
    for (int i = 0; left > 0; i++) {
      int part = Math.min(segments.length(i) - skip, left);
      if (part <= 0) {
        skip -= segments.length(i);
        continue;
      }
      long address = segments.address(i) + skip;
      if (left == length) {
        copy.addPacket(0, parts, 0, length, address, part);
      } else {
        copy.addSegment(address, part);
      }
      left -= part;
      skip = 0;
    }
  }

  // ---- completing ----

  /** Deals completed transmits out to the pairs. */
  void complete(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      Lane lane = lanes[laneOfTransmit(ids[i])];
      lane.ids[lane.count++] = ids[i];
    }
    for (int i = 0; i < lanes.length; i++) {
      Lane lane = lanes[i];
      if (lane.count > 0) {
        pairs[i].transmits().complete(lane.ids, lane.count);
        lane.count = 0;
      }
    }
  }

  /** The pair whose transmit an id is; the first one, which refuses it, if there is none. */
  private int laneOfTransmit(int id) {
    for (int i = 0; i < pairs.length; i++) {
      if (pairs[i].transmits().owns(id)) {
        return i;
      }
    }
    return 0;
  }
}
