package org.patchbay.frontend.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;
import org.patchbay.frontend.RingPort;

/** What an engine does around the stage, with a ledger that tolerates nothing. */
final class ModelEngine {

  static final int FIRST_ID = 32;
  static final int IDS = 16;
  private static final int FIRST_DERIVED_ID = 1000;

  final SoftwareOffload offload =
      new SoftwareOffload(FIRST_ID, IDS, FIRST_DERIVED_ID, RingPort.SCRATCH_START, 16, 256);
  final Guest guest = new Guest(offload.scratch());

  /** Ids of the guest that are complete, in order; an id is there as often as it was sent. */
  final List<Integer> completed = new ArrayList<>();

  final Set<Integer> inFlight = new TreeSet<>();
  RecordingQueue queue = new RecordingQueue();
  int dropped;
  int lost;
  private final TxBatch batch = new TxBatch(16, 256);

  ModelEngine(int supported) {
    offload.begin(supported, true);
  }

  /** Forgets everything. */
  void reset() {
    offload.abort();
    offload.rewind();
    guest.ring.clear();
    guest.reuseMemory();
    completed.clear();
    inFlight.clear();
    queue = new RecordingQueue();
  }

  /** One pass; answers how much was done, or the queue's failure code. */
  int transmit() {
    if (guest.peek(batch).packetCount() == 0) {
      return 0;
    }
    if (offload.treats(batch)) {
      int result = offload.offer(queue, guest, batch);
      if (result < 0) {
        return result;
      }
      for (int i = 0; i < offload.accepted(); i++) {
        take(batch.id(i), offload.isPending(batch, i));
      }
      dropped += offload.dropped();
      return offload.transmitted();
    }
    int result = queue.txAvail(guest, batch);
    if (result < 0) {
      return result;
    }
    int accepted = TxResult.accepted(result);
    for (int i = 0; i < accepted; i++) {
      take(batch.id(i), !TxResult.isComplete(result));
    }
    return accepted;
  }

  private void take(int id, boolean pending) {
    assertEquals(id, guest.ring.removeFirst().id());
    if (pending) {
      assertTrue(inFlight.add(id), "in flight twice");
    } else {
      completed.add(id);
    }
  }

  /** Collects completions, at most so many. */
  void poll(int space) {
    int[] ids = new int[space];
    int count = queue.txPoll(guest, ids, space);
    for (int i = 0; i < count; i++) {
      int id = offload.complete(ids[i]);
      if (id != SoftwareOffload.OPEN) {
        assertTrue(inFlight.remove(id), "id " + ids[i] + " ends " + id);
        completed.add(id);
      }
    }
  }

  /** Exchanges the queue; what the old one had in flight is lost. */
  void swap(int supported) {
    queue.close();
    offload.abort();
    lost += inFlight.size();
    completed.addAll(inFlight);
    inFlight.clear();
    RecordingQueue next = new RecordingQueue();
    next.sent.addAll(queue.sent);
    queue = next;
    offload.begin(supported, true);
  }

  /** Goes on until nothing is left. */
  void finish() {
    queue.failure = 0;
    queue.most = Integer.MAX_VALUE;
    for (int i = 0; i < 1000 && !isIdle(); i++) {
      transmit();
      poll(16);
    }
    assertTrue(isIdle(), "there is no end to it");
    assertEquals(0, offload.inFlight());
  }

  boolean isIdle() {
    return guest.ring.isEmpty() && inFlight.isEmpty() && queue.held() == 0;
  }

  boolean isUsed(int id) {
    return inFlight.contains(id) || guest.ring.stream().anyMatch(packet -> packet.id() == id);
  }
}
