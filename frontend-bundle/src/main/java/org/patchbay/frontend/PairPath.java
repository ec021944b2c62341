package org.patchbay.frontend;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.Queue;

/**
 * One ring pair's way to the queue that it belongs to at the moment, with the ledger of who holds
 * which of its ids. The ledger stays with the pair while queues come and go.
 *
 * <p>Of the worker that serves the pair, except where noted; while none does, of the coordinator.
 */
final class PairPath implements RingPort {

  private final int index;
  private final RingPair rings;
  private final int receiveSlots;
  private final int transmitSlots;
  private final IdLedger ledger;
  private final PortCounters counters = new PortCounters();
  private final TransmitPath transmits;

  // Written by the coordinator while the pair rests.
  private @Nullable BufferAccess buffers;
  private @Nullable LentMemory memory;
  private boolean lendsApart;
  private volatile @Nullable EngineWorker worker;
  private @Nullable RingWatches watches;

  /** The guest took memory away; ids of the step that this interrupted went with it. */
  private boolean memoryGone;

  /**
   * The rings took back buffers that a native call may write to, and show them again: until that
   * call returned nothing is taken from them.
   */
  private boolean waiting;

  private boolean refused;
  private int refusedId;
  private boolean overrun;

  /**
   * @param index of the pair within its NIC, from 0
   * @param pairs how many the NIC has
   */
  PairPath(RingPair rings, int index, int pairs) {
    this.index = index;
    this.rings = rings;
    receiveSlots = rings.receiveSlots();
    transmitSlots = rings.transmitSlots();
    ledger = new IdLedger(firstReceiveId(), receiveSlots, firstTransmitId(), transmitSlots);
    transmits = new TransmitPath(rings, this, index, pairs, ledger, counters);
    rings.attach(this);
  }

  int index() {
    return index;
  }

  RingPair rings() {
    return rings;
  }

  int receiveSlots() {
    return receiveSlots;
  }

  int transmitSlots() {
    return transmitSlots;
  }

  /** The pair's way to transmit. */
  TransmitPath transmits() {
    return transmits;
  }

  IdLedger ledger() {
    return ledger;
  }

  PortCounters counters() {
    return counters;
  }

  /** What the queue uses that the pair belongs to; there is one. */
  BufferAccess buffers() {
    return Objects.requireNonNull(buffers);
  }

  /** Name of the worker that serves the pair, or served it last. Any thread. */
  String workerName() {
    EngineWorker serving = worker;
    return serving == null ? "none" : serving.name();
  }

  // ---- the ring pair's port ----

  @Override
  public void wake() {
    EngineWorker serving = worker;
    if (serving != null) {
      serving.wake();
    }
  }

  @Override
  public boolean isPosted(int id) {
    return ledger.isPosted(id);
  }

  @Override
  public int receiveIdsHeld() {
    return ledger.heldCount();
  }

  @Override
  public void refuse(int id) {
    EngineWorker serving = worker;
    if (serving != null && !serving.isHere()) {
      return; // a thread that was given up in a call of an older queue
    }
    refused = true;
    refusedId = id;
    counters.refusedIds.add(1);
  }

  @Override
  public void overrun(int id) {
    refuse(id);
    overrun = refused;
  }

  /** What the backend did that had an id refused. */
  String refusal() {
    return overrun
        ? "it wrote metadata of a frame beyond the end of buffer " + refusedId
        : "it used id " + refusedId + ", which it did not hold";
  }

  @Override
  public int firstReceiveId() {
    return index * receiveSlots;
  }

  @Override
  public int firstTransmitId() {
    return index * transmitSlots;
  }

  @Override
  public GuestRegion scratch() {
    return transmits.scratch();
  }

  boolean isRefused() {
    return refused;
  }

  // ---- the coordinator's, while the pair rests ----

  /**
   * Lets a worker serve the pair, with another queue than before.
   *
   * @param plug what that queue is one of
   */
  void begin(EngineWorker newWorker, PlugTraits plug) {
    memory = plug.memory();
    resume(newWorker);
    transmits.begin(plug);
    refused = false;
    overrun = false;
  }

  /** Lets a worker serve the pair, with its queue as it is. */
  void resume(EngineWorker newWorker) {
    LentMemory lent = Objects.requireNonNull(memory);
    buffers = rings.lend(lent.viewOf(rings.memory()), lent.all(), lendsApart);
    lendsApart = false;
    worker = newWorker;
    RingWatches present = newWorker.watches();
    if (watches != present) {
      rest();
      watches = present;
      rings.started(present);
    }
  }

  /** Tells the ring pair that it is served no more. */
  void rest() {
    if (watches != null) {
      watches = null;
      rings.halted();
    }
  }

  /** Has the ring pair take all receive ids back, as its rings stop. */
  void takeBack() {
    transmits.rewind();
    waiting |= ledger.asideCount() > 0;
    int[] held = takeAll();
    rings.takeBack(held, held.length);
  }

  /** What was lent so far may be in the hands of a thread that was given up. */
  void lendApart() {
    lendsApart = true;
  }

  /** Keeps what is posted from everybody. */
  void setAside(int holder) {
    ledger.setPostedAside(holder);
    count();
  }

  /** Keeps all that is held from everybody. */
  void setAllAside(int holder) {
    ledger.setHeldAside(holder);
    count();
  }

  /** Ends {@link #setAside} and {@link #setAllAside}; what was set aside is kept for the queue. */
  void restore(int holder, boolean isLast) {
    ledger.restore(holder);
    waiting &= !isLast;
    count();
  }

  /** Goes on if the guest's memory is not any more where it was lent from. */
  void endWait(List<LentMemory> held) {
    if (waiting) {
      GuestMemory present = rings.memory();
      waiting = held.stream().anyMatch(memory -> memory.shares(present));
    }
  }

  private int[] takeAll() {
    int[] held = ledger.takeAll();
    counters.receiveIdsHeld = memoryGone ? 0 : counters.receiveIdsHeld - held.length;
    memoryGone = false;
    count();
    return held;
  }

  // ---- faults ----

  /** Asks whether the guest took memory away; if so, the ring pair is told. */
  boolean isMemoryGone() {
    boolean intact;
    try {
      intact = rings.isMemoryIntact();
    } catch (InternalError e) {
      intact = false; // it is not if looking at it fails
    }
    if (!intact) {
      memoryGone = true;
      rings.memoryFaulted();
    }
    return !intact;
  }

  // ---- receive ----

  /** Takes what the guest has posted, if that may be used. */
  int takePosted(int[] ids) {
    return waiting ? 0 : rings.takePosted(ids, ids.length);
  }

  /** Takes what the guest has posted and posts it to the pair's own queue. */
  int post(Queue queue, BufferAccess access, int[] ids) {
    int count = takePosted(ids);
    if (count == 0) {
      return 0;
    }
    for (int i = 0; i < count; i++) {
      ledger.post(ids[i]);
    }
    counters.receiveIdsHeld += count;
    int result = queue.rxAvail(access, ids, count);
    return result < 0 ? result : count;
  }

  /** Takes back filled buffers and hands them to the guest. */
  void receive(int[] ids, int count, boolean linkUp) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      if (ledger.takeBack(id)) {
        ids[kept++] = id;
      } else {
        refuse(id);
      }
    }
    deliver(ids, kept, linkUp);
  }

  /** Hands filled buffers, which the ledger has taken back, to the guest. */
  void deliver(int[] ids, int count, boolean linkUp) {
    counters.receiveIdsHeld -= count;
    long bytes = RingPair.DISCARDED;
    if (linkUp) {
      bytes = rings.deliver(ids, count);
    } else {
      rings.discard(ids, count);
    }
    if (bytes == RingPair.DISCARDED) {
      counters.rxDiscarded.add(count);
    } else {
      counters.rxBytes.add(bytes);
      counters.rxPackets.add(count);
    }
  }

  // ---- the end of a pass, sleep, close ----

  /** Publishes what was done to the guest and to operators. */
  void publish() {
    rings.flush();
    count();
  }

  private void count() {
    counters.idsOutstanding.set(
        counters.receiveIdsHeld
            - ledger.heldCount()
            - ledger.asideCount()
            + counters.transmitIdsHeld
            - ledger.inFlightCount());
    counters.txInFlight.set(ledger.inFlightCount());
    counters.rxPosted.set(ledger.heldCount());
    counters.rxSetAside.set(ledger.asideCount());
  }

  /** Whether the ring pair has something to do; if not, its wake-ups are armed. */
  boolean pollReady(boolean holding) {
    return rings.pollReady(!waiting, !transmits.isBlocked() && !holding);
  }

  /** When the pair has transmits of its own accord, in nanoseconds from now. */
  long nanosToNextTransmit(long now) {
    return transmits.isBlocked() ? Long.MAX_VALUE : rings.nanosToNextTransmit(now);
  }

  /** Ends as lost what is in flight, and publishes that; the queue that had it is closed. */
  void settle(int[] ids) {
    if (transmits.inFlight() > 0) {
      transmits.abort(ids);
      publish();
    }
  }

  /** Gives everything back to the ring pair, for good; nothing is in flight. */
  void giveBack() {
    transmits.rewind();
    int[] held = takeAll();
    rings.close(held, held.length);
    count();
  }
}
