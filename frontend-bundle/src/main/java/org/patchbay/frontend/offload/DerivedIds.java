package org.patchbay.frontend.offload;

import java.util.Arrays;

/**
 * Which derived packets a backend holds, and of which of the guest's packets they are. A derived
 * packet's id is a number of the private range; its place there is also its place in scratch
 * memory.
 *
 * <p>Ids are taken in the order in which {@link #next} foretells them, so that a batch can be
 * filled before it is known how much of it is accepted.
 */
final class DerivedIds {

  /** Answer of {@link #giveBack}: the backend did not hold that id. */
  static final int NOT_HELD = -1;

  /** Answer of {@link #giveBack}: of a packet that the guest's ring does not have any more. */
  static final int DISOWNED = -2;

  private final int first;
  private final int firstGuest;
  private final int[] free;
  private final int[] guestOf;
  private final int[] outstanding;
  private int freeCount;

  /**
   * @param first the lowest derived id
   * @param count how many there are
   * @param firstGuest the lowest transmit id of the guest
   * @param guestIds how many of those there are
   */
  DerivedIds(int first, int count, int firstGuest, int guestIds) {
    this.first = first;
    this.firstGuest = firstGuest;
    free = new int[count];
    guestOf = new int[count];
    outstanding = new int[guestIds];
    reset();
  }

  /** How many derived packets the backend holds. */
  int inFlight() {
    return free.length - freeCount;
  }

  /** How many more it can be given. */
  int available() {
    return freeCount;
  }

  /** Place of the id that the {@code ahead}-th next {@link #take} will take, from 0. */
  int next(int ahead) {
    return free[freeCount - 1 - ahead];
  }

  /** The id of a place. */
  int id(int place) {
    return first + place;
  }

  /** Notes the next id as the backend's. */
  void take(int guestId) {
    int place = free[--freeCount];
    guestOf[place] = guestId;
    outstanding[guestId - firstGuest]++;
  }

  /** Whether the backend holds packets derived of one of the guest's. */
  boolean isOutstanding(int guestId) {
    int index = guestId - firstGuest;
    return index >= 0 && index < outstanding.length && outstanding[index] > 0;
  }

  /** Whether an id is of the private range. */
  boolean isDerived(int id) {
    return id >= first && id - first < guestOf.length;
  }

  /**
   * Takes an id back from the backend.
   *
   * @param id one of the private range
   * @return the id of the guest's packet that it was derived of, {@link #NOT_HELD} or {@link
   *     #DISOWNED}
   */
  int giveBack(int id) {
    int place = id - first;
    int guest = guestOf[place];
    if (guest != NOT_HELD) {
      guestOf[place] = NOT_HELD;
      free[freeCount++] = place;
    }
    if (guest >= 0) {
      outstanding[guest - firstGuest]--;
    }
    return guest;
  }

  /** Forgets of which packet those derived of {@code guestId} are. */
  void disown(int guestId) {
    for (int i = 0; i < guestOf.length; i++) {
      if (guestOf[i] == guestId) {
        guestOf[i] = DISOWNED;
      }
    }
    outstanding[guestId - firstGuest] = 0;
  }

  /** Takes all ids back. */
  void reset() {
    freeCount = free.length;
    for (int i = 0; i < free.length; i++) {
      free[i] = free.length - 1 - i;
    }
    Arrays.fill(guestOf, NOT_HELD);
    Arrays.fill(outstanding, 0);
  }
}
