package org.patchbay.frontend;

import java.util.Arrays;

/**
 * Who holds which id. Each receive id is the backend's from its posting until it comes back, each
 * transmit id from its acceptance until its completion; what comes back without having been given
 * is refused. Posted receive ids keep the order of their posting, so that a new backend gets them
 * as the guest posted them.
 *
 * <pre>
 *   first -> id -> id -> ... -> last      doubly linked through next[] and previous[], no allocation
 * </pre>
 *
 * Worker only.
 */
final class IdLedger {

  private static final int NONE = -1;

  private final int[] next;
  private final int[] previous;
  private final boolean[] posted;
  private final boolean[] inFlight;
  private int first = NONE;
  private int last = NONE;
  private int postedCount;
  private int inFlightCount;
  private int abortedCount;

  IdLedger(int receiveSlots, int transmitSlots) {
    next = new int[receiveSlots];
    previous = new int[receiveSlots];
    posted = new boolean[receiveSlots];
    inFlight = new boolean[transmitSlots];
  }

  /** Notes a receive id as the backend's. */
  void post(int id) {
    posted[id] = true;
    previous[id] = last;
    next[id] = NONE;
    if (last == NONE) {
      first = id;
    } else {
      next[last] = id;
    }
    last = id;
    postedCount++;
  }

  boolean isPosted(int id) {
    return id >= 0 && id < posted.length && posted[id];
  }

  /** Takes a receive id back; false if the backend did not hold it. */
  boolean takeBack(int id) {
    if (!isPosted(id)) {
      return false;
    }
    posted[id] = false;
    int before = previous[id];
    int after = next[id];
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
    return true;
  }

  /** Notes a transmit id as in flight. */
  void beginTransmit(int id) {
    inFlight[id] = true;
    inFlightCount++;
  }

  /** Ends a transmit; false if it was not in flight. */
  boolean endTransmit(int id) {
    if (id < 0 || id >= inFlight.length || !inFlight[id]) {
      return false;
    }
    inFlight[id] = false;
    inFlightCount--;
    return true;
  }

  int postedCount() {
    return postedCount;
  }

  int inFlightCount() {
    return inFlightCount;
  }

  /** The oldest posted id, or -1. */
  int firstPosted() {
    return first;
  }

  /** The posted id after one, or -1. */
  int nextPosted(int id) {
    return next[id];
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
        ids[count++] = slot;
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

  /** Forgets everything. */
  void clear() {
    Arrays.fill(posted, false);
    Arrays.fill(inFlight, false);
    first = NONE;
    last = NONE;
    postedCount = 0;
    inFlightCount = 0;
  }
}
