package org.patchbay.probe;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Accounts for each sequence number that was sent: it is outstanding, then returned or lost. A
 * sequence is lost when it was not seen for {@link #TIMEOUT_NANOS}, or when {@link #SIZE} later
 * ones were sent.
 *
 * <pre>
 *   0 ...            oldest ...               next
 *   returned, lost | some are outstanding   | not sent
 * </pre>
 *
 * <p>Worker only, except for the counters, which are published by {@link #publish()} for any
 * thread.
 */
final class SequenceWindow {

  /** How many sequences are remembered; a power of two. */
  static final int SIZE = 1 << 16;

  /** After how long a sequence that was not seen is lost. */
  static final long TIMEOUT_NANOS = 2_000_000_000L;

  /** How often time is noted, and so how exact the time-out is. */
  static final long MARK_NANOS = 250_000_000L;

  private static final int MASK = SIZE - 1;
  private static final int MARKS = 16;

  private static final byte OUTSTANDING = 1;
  private static final byte RETURNED = 2;
  private static final byte LOST = 3;

  private final byte[] states = new byte[SIZE];
  private long next;
  private long oldest;
  private long afterHighestReturned;

  // Times at which the sequences before a number had been sent, oldest first.
  private final long[] markTimes = new long[MARKS];
  private final long[] markSequences = new long[MARKS];
  private int firstMark;
  private int marks;
  private long lastMark;

  private long returned;
  private long lost;
  private long duplicates;
  private long reordered;
  private long late;

  private final AtomicLong publishedSent = new AtomicLong();
  private final AtomicLong publishedReturned = new AtomicLong();
  private final AtomicLong publishedLost = new AtomicLong();
  private final AtomicLong publishedDuplicates = new AtomicLong();
  private final AtomicLong publishedReordered = new AtomicLong();
  private final AtomicLong publishedLate = new AtomicLong();

  SequenceWindow(long now) {
    lastMark = now;
  }

  /** Notes that the next sequences were sent. */
  void send(int count) {
    for (int i = 0; i < count; i++) {
      int slot = (int) next & MASK;
      if (states[slot] == OUTSTANDING) {
        lost++; // SIZE sequences were sent since
      }
      states[slot] = OUTSTANDING;
      next++;
    }
    oldest = Math.max(oldest, next - SIZE);
  }

  /**
   * Notes that a sequence came back.
   *
   * @return whether it is counted as returned: it was outstanding
   */
  boolean receive(long sequence) {
    if (sequence >= next) {
      // A backend that sent a frame and then did not accept it; it will be offered again.
      duplicates++;
      return false;
    }
    if (sequence < next - SIZE) {
      late++;
      return false;
    }
    int slot = (int) sequence & MASK;
    byte state = states[slot];
    states[slot] = RETURNED;
    if (state != OUTSTANDING) {
      if (state == LOST) {
        late++;
      } else {
        duplicates++;
      }
      return false;
    }
    returned++;
    if (sequence < afterHighestReturned) {
      reordered++;
    } else {
      afterHighestReturned = sequence + 1;
    }
    return true;
  }

  /** Gives up what was outstanding too long. */
  void tick(long now) {
    if (now - lastMark < MARK_NANOS) {
      return;
    }
    lastMark = now;
    while (marks > 0 && now - markTimes[firstMark] >= TIMEOUT_NANOS) {
      giveUpBefore(markSequences[firstMark]);
      firstMark = (firstMark + 1) % MARKS;
      marks--;
    }
    // Marks lie at least MARK_NANOS apart and live TIMEOUT_NANOS, so there is room.
    int slot = (firstMark + marks) % MARKS;
    markTimes[slot] = now;
    markSequences[slot] = next;
    marks++;
    publish();
  }

  private void giveUpBefore(long end) {
    for (; oldest < end; oldest++) {
      int slot = (int) oldest & MASK;
      if (states[slot] == OUTSTANDING) {
        states[slot] = LOST;
        lost++;
      }
    }
  }

  /** Nanoseconds until {@link #tick} has something to do; {@link Long#MAX_VALUE} if it has not. */
  long nanosToTick(long now) {
    return outstanding() == 0 ? Long.MAX_VALUE : Math.max(0, lastMark + MARK_NANOS - now);
  }

  private long outstanding() {
    return next - returned - lost;
  }

  /** Makes the counters visible to other threads. */
  void publish() {
    // What was sent goes first and is read last, so that it is never less than what came back.
    publishedSent.setRelease(next);
    publishedReturned.setRelease(returned);
    publishedLost.setRelease(lost);
    publishedDuplicates.setRelease(duplicates);
    publishedReordered.setRelease(reordered);
    publishedLate.setRelease(late);
  }

  long lost() {
    return publishedLost.getAcquire();
  }

  long returned() {
    return publishedReturned.getAcquire();
  }

  long sent() {
    return publishedSent.getAcquire();
  }

  long duplicates() {
    return publishedDuplicates.getAcquire();
  }

  long reordered() {
    return publishedReordered.getAcquire();
  }

  long late() {
    return publishedLate.getAcquire();
  }
}
