package org.patchbay.frontend;

import java.util.Arrays;

/**
 * Who holds which id of a ring pair. Each receive id is the engine's from the moment it takes it
 * from the guest until the guest gets it back; within that time it is posted to the backend or
 * kept, or set aside: a native call of an older generation may still write to it, so that nobody
 * gets it until that call returned. Each transmit id is the backend's from its acceptance until its
 * completion. What a backend gives back without holding it is refused. Receive ids keep the order
 * of their posting by the guest, so that a new backend gets them in that order.
 *
 * <pre>
 *              post               takeBack
 *   guest's --------------> posted --------> guest's
 *      |                     ^  |
 *      +--- keep ----> kept -+  |            first -> id -> id -> ... -> last
 *                       ^  release           doubly linked through next[] and previous[]
 *                       +--- withdraw --- set aside, which stays in its place until restored
 * </pre>
 *
 * Worker only, or whoever the worker rests for.
 */
final class IdLedger {

  private static final int NONE = -1;

  private final int firstReceive;
  private final int firstTransmit;
  private final int[] next;
  private final int[] previous;
  private final boolean[] posted;

  /** By whom each id is set aside; 0 for none. */
  private final int[] asideBy;

  private final boolean[] inFlight;
  private int first = NONE;
  private int last = NONE;
  private int heldCount;
  private int postedCount;
  private int asideCount;
  private int inFlightCount;
  private int abortedCount;

  /**
   * @param firstReceive the pair's first receive id
   * @param firstTransmit its first transmit id
   */
  IdLedger(int firstReceive, int receiveSlots, int firstTransmit, int transmitSlots) {
    this.firstReceive = firstReceive;
    this.firstTransmit = firstTransmit;
    next = new int[receiveSlots];
    previous = new int[receiveSlots];
    posted = new boolean[receiveSlots];
    asideBy = new int[receiveSlots];
    inFlight = new boolean[transmitSlots];
  }

  // ---- receive ----

  /** Notes a receive id of the guest's as posted to the backend. */
  void post(int id) {
    keep(id);
    release(id);
  }

  /** Notes a receive id of the guest's as the engine's own. */
  void keep(int id) {
    int slot = id - firstReceive;
    previous[slot] = last;
    next[slot] = NONE;
    if (last == NONE) {
      first = slot;
    } else {
      next[last] = slot;
    }
    last = slot;
    heldCount++;
  }

  /** Notes a kept id as posted to the backend. */
  void release(int id) {
    posted[id - firstReceive] = true;
    postedCount++;
  }

  /** Notes a posted id as the engine's own; it stays where it is in the order. */
  void withdraw(int id) {
    posted[id - firstReceive] = false;
    postedCount--;
  }

  /** Notes all posted ids as the engine's own, as their queue was closed. */
  void withdrawAll() {
    Arrays.fill(posted, false);
    postedCount = 0;
  }

  /**
   * Sets all posted ids aside.
   *
   * @param holder who may still be writing to them, not 0
   */
  void setPostedAside(int holder) {
    for (int slot = 0; slot < posted.length; slot++) {
      if (posted[slot]) {
        posted[slot] = false;
        asideBy[slot] = holder;
        asideCount++;
        heldCount--;
      }
    }
    postedCount = 0;
  }

  /**
   * Sets aside all ids that are posted or kept.
   *
   * @param holder who may still be writing to them, not 0
   */
  void setHeldAside(int holder) {
    for (int slot = first; slot != NONE; slot = next[slot]) {
      if (asideBy[slot] == 0) {
        asideBy[slot] = holder;
        asideCount++;
      }
    }
    heldCount = 0;
    withdrawAll();
  }

  /**
   * Notes what is set aside as kept again, in its old place of the order.
   *
   * @return how many ids that were
   */
  int restore(int holder) {
    int count = 0;
    for (int slot = 0; slot < asideBy.length && asideCount > 0; slot++) {
      if (asideBy[slot] == holder) {
        asideBy[slot] = 0;
        asideCount--;
        heldCount++;
        count++;
      }
    }
    return count;
  }

  /** How many receive ids are set aside. */
  int asideCount() {
    return asideCount;
  }

  boolean isPosted(int id) {
    int slot = id - firstReceive;
    return slot >= 0 && slot < posted.length && posted[slot];
  }

  /** Takes a posted id back for the guest; false if the backend did not hold it. */
  boolean takeBack(int id) {
    if (!isPosted(id)) {
      return false;
    }
    int slot = id - firstReceive;
    posted[slot] = false;
    int before = previous[slot];
    int after = next[slot];
    if (before == NONE) {
      first = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      last = before;
    } else {
      previous[after] = before;
    }
    postedCount--;
    heldCount--;
    return true;
  }

  /** How many receive ids are posted or kept. */
  int heldCount() {
    return heldCount;
  }

  /** How many receive ids are posted to the backend. */
  int postedCount() {
    return postedCount;
  }

  /** The oldest id that is posted or kept, or -1. */
  int firstHeld() {
    return heldFrom(first);
  }

  /** The one after an id that is posted or kept, or -1. */
  int nextHeld(int id) {
    return heldFrom(next[id - firstReceive]);
  }

  private int heldFrom(int from) {
    int slot = from;
    while (slot != NONE && asideBy[slot] != 0) {
      slot = next[slot];
    }
    return slot == NONE ? NONE : slot + firstReceive;
  }

  /** Whether an id that is posted or kept is kept. */
  boolean isKept(int id) {
    return !posted[id - firstReceive];
  }

  /** Takes all receive ids for the guest, oldest first, also those set aside. Allocates. */
  int[] takeAll() {
    Arrays.fill(asideBy, 0);
    heldCount += asideCount;
    asideCount = 0;
    int[] held = new int[heldCount];
    int fill = 0;
    for (int id = firstHeld(); id >= 0; id = nextHeld(id)) {
      held[fill++] = id;
    }
    withdrawAll();
    first = NONE;
    last = NONE;
    heldCount = 0;
    return held;
  }

  // ---- transmit ----

  /** Notes a transmit id as in flight. */
  void beginTransmit(int id) {
    inFlight[id - firstTransmit] = true;
    inFlightCount++;
  }

  /** Ends a transmit; false if it was not in flight. */
  boolean endTransmit(int id) {
    int slot = id - firstTransmit;
    if (slot < 0 || slot >= inFlight.length || !inFlight[slot]) {
      return false;
    }
    inFlight[slot] = false;
    inFlightCount--;
    return true;
  }

  int inFlightCount() {
    return inFlightCount;
  }

  /**
   * Ends transmits that are in flight, as many as {@code ids} takes; {@link #abortedCount} tells
   * how many those were.
   *
   * @param fromSlot where to go on, 0 at first
   * @return where to go on the next time, or -1 if all were ended
   */
  int abortTransmits(int[] ids, int fromSlot) {
    int count = 0;
    int slot = fromSlot;
    while (inFlightCount > 0 && count < ids.length) {
      if (inFlight[slot]) {
        inFlight[slot] = false;
        inFlightCount--;
        ids[count++] = slot + firstTransmit;
      }
      slot++;
    }
    abortedCount = count;
    return inFlightCount == 0 ? NONE : slot;
  }

  /** How many transmits the last {@link #abortTransmits} ended. */
  int abortedCount() {
    return abortedCount;
  }
}
