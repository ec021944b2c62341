package org.patchbay.vhostuser.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.InspectNode;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.RingPair;
import org.patchbay.frontend.RingPort;
import org.patchbay.frontend.RingWatches;
import org.patchbay.linux.Descriptor;

/**
 * A receive and a transmit virtqueue of a virtio-net device as a ring pair of the engine. It lives
 * as long as its NIC; guests come and go by what is set.
 *
 * <p>Threads: what is marked <i>at rest</i> is called only while no worker touches the pair: before
 * the engine is opened, or in a {@link org.patchbay.frontend.RingChange}. The memory of the regions
 * and the descriptors belong to the caller, who keeps them until they were replaced here and {@link
 * org.patchbay.frontend.NicEngine#whenUnused} ran.
 *
 * <p>To stop a virtqueue or to change memory, the caller withdraws BUFFERS and has all receive ids
 * taken back; then {@link #receiveBase} and {@link #transmitBase} tell where the rings go on.
 */
public final class GuestRingPair implements RingPair {

  /** While a backend has this many buffers there is time to look for more when a frame comes. */
  private static final int PLENTY = 64;

  private final int index;
  private final int frameSize;
  private final RingPairListener listener;
  private final RingCounters receiveCounters = new RingCounters();
  private final RingCounters transmitCounters = new RingCounters();
  private final RingNotifications receiveEvents = new RingNotifications(receiveCounters);
  private final RingNotifications transmitEvents = new RingNotifications(transmitCounters);

  /**
   * Of the present receive virtqueue alone: a thread that was given up in a backend's call may come
   * back to an older one's, where nothing is posted any more.
   */
  private ReceiveBuffers buffers = new ReceiveBuffers();

  private @Nullable OwnBuffers own;
  private @Nullable RingPort port;

  // Set at rest.
  private GuestMap map = GuestMap.EMPTY;
  private GuestMemory memory = ReceiveBuffers.NOTHING;
  private long features;
  private volatile boolean receiveEnabled;
  private volatile boolean transmitEnabled;
  private int receiveBase;
  private int transmitBase;

  // Also read by inspection, which shows what it happens to see.
  private volatile @Nullable ReceiveSide receive;
  private volatile @Nullable TransmitSide transmit;

  // The same for the worker, without the cost of volatile.
  private @Nullable ReceiveSide liveReceive;
  private @Nullable TransmitSide liveTransmit;

  /**
   * @param pairIndex the pair's number within its NIC, from 0
   * @param frameSize the NIC's longest frame in bytes: its MTU and 18
   * @param listener what the pair belongs to
   */
  public GuestRingPair(int pairIndex, int frameSize, RingPairListener listener) {
    index = pairIndex;
    this.frameSize = frameSize;
    this.listener = listener;
  }

  // ---- at rest ----

  /**
   * Memory that is not the guest's and that backends may see in what this pair gives them: the
   * engine's, and own buffers for guests whose buffers are smaller than a frame. Known once the
   * engine is open.
   */
  public List<GuestRegion> ownRegions() {
    RingPort attached = port;
    OwnBuffers present = own;
    if (present == null) {
      present = new OwnBuffers(index, frameSize);
      own = present;
    }
    return attached == null
        ? List.of(present.region())
        : List.of(attached.scratch(), present.region());
  }

  /**
   * Takes own buffers in other memory, as a backend that does not come back may write to the
   * present ones; before {@link #ownRegions} is asked for a change of memory. At rest, and while no
   * virtqueue is set.
   */
  public void renewOwn() {
    own = null;
  }

  /**
   * Sets the guest's memory. At rest, and while no virtqueue is set.
   *
   * @param guestRegions its regions, below {@link RingPort#SCRATCH_START}; none if there is no
   *     guest
   * @param ownRegions {@link #ownRegions} of all pairs of the NIC, as pairs may share a queue
   */
  public void setMemory(List<GuestRegion> guestRegions, List<GuestRegion> ownRegions) {
    map = new GuestMap(guestRegions);
    memory = map.with(ownRegions);
  }

  /**
   * Adds to the guest's memory. At rest; virtqueues may be set and buffers posted, as what they use
   * stays where it is.
   *
   * @param guestRegions its regions, those that were set before among them
   * @param ownRegions as for {@link #setMemory(List, List)}
   */
  public void extendMemory(List<GuestRegion> guestRegions, List<GuestRegion> ownRegions) {
    setMemory(guestRegions, ownRegions);
    if (liveReceive != null) {
      liveReceive.queue.map = map;
    }
    if (liveTransmit != null) {
      liveTransmit.queue().map = map;
    }
  }

  /** Sets the guest's memory for the only pair of a NIC. At rest. */
  public void setMemory(List<GuestRegion> guestRegions) {
    setMemory(guestRegions, ownRegions());
  }

  /** Sets the features that were negotiated, see {@link Features}. At rest, before virtqueues. */
  public void setFeatures(long negotiated) {
    features = negotiated;
  }

  /**
   * Starts the receive virtqueue, or ends its use. At rest, with no receive id posted.
   *
   * @param layout null to stop
   * @throws IllegalArgumentException if the layout is not one for the features
   */
  public void setReceive(@Nullable VirtqueueLayout layout) {
    receiveEvents.reset();
    buffers.withdrawAll();
    liveReceive = null;
    receive = null;
    if (layout != null) {
      Virtqueue queue = Virtqueue.of(layout, map, false, features);
      queue.disableKicks();
      buffers = buffers.successor();
      setReceiveSide(
          new DirectReceive(
              queue, buffers, frameSize, features, firstReceiveId(), receiveCounters));
    }
  }

  private int firstReceiveId() {
    RingPort attached = port;
    return attached == null ? 0 : attached.firstReceiveId();
  }

  private int firstTransmitId() {
    RingPort attached = port;
    return attached == null ? 0 : attached.firstTransmitId();
  }

  private void setReceiveSide(ReceiveSide side) {
    liveReceive = side;
    receive = side;
    receiveBase = side.queue.base();
  }

  /**
   * Starts the transmit virtqueue, or ends its use. At rest, with no transmit in flight.
   *
   * @param layout null to stop
   * @throws IllegalArgumentException if the layout is not one for the features
   */
  public void setTransmit(@Nullable VirtqueueLayout layout) {
    transmitEvents.reset();
    TransmitSide side = null;
    if (layout != null) {
      Virtqueue queue = Virtqueue.of(layout, map, true, features);
      queue.disableKicks();
      transmitBase = queue.base();
      side = new TransmitSide(queue, features, firstTransmitId(), transmitCounters);
    }
    liveTransmit = side;
    transmit = side;
  }

  /** Where the receive virtqueue goes on, as for VHOST_USER_GET_VRING_BASE. At rest, taken back. */
  public int receiveBase() {
    return receiveBase;
  }

  /** Where the transmit virtqueue goes on. At rest, taken back. */
  public int transmitBase() {
    return transmitBase;
  }

  /**
   * Says which virtqueues are enabled. Of one that is not, nothing is received, and what is
   * transmitted is dropped. At rest.
   */
  public void setEnabled(boolean receives, boolean transmits) {
    receiveEnabled = receives;
    transmitEnabled = transmits;
  }

  /**
   * Sets the eventfd by which the guest is notified. At rest.
   *
   * @param transmits which virtqueue's
   * @param call null if the guest polls
   */
  public void setCall(boolean transmits, @Nullable Descriptor call) {
    (transmits ? transmitEvents : receiveEvents).setCall(call);
  }

  /**
   * Sets the eventfd by which the guest notifies. At rest.
   *
   * @param transmits which virtqueue's
   * @param kick non-blocking; null if the worker is to poll
   */
  public void setKick(boolean transmits, @Nullable Descriptor kick) {
    (transmits ? transmitEvents : receiveEvents).setKick(kick);
  }

  // ---- the engine's, at rest ----

  @Override
  public int receiveSlots() {
    return VirtqueueLayout.MAX_SIZE;
  }

  @Override
  public int transmitSlots() {
    return VirtqueueLayout.MAX_SIZE;
  }

  @Override
  public boolean isInOrder() {
    return Features.has(features, Features.IN_ORDER);
  }

  @Override
  public void attach(RingPort newPort) {
    port = newPort;
    buffers.attach(newPort);
  }

  @Override
  public GuestMemory memory() {
    return memory;
  }

  @Override
  public BufferAccess lend(GuestMemory view, MemorySegment all, boolean apart) {
    buffers = buffers.lend(view, all, apart);
    ReceiveSide side = liveReceive;
    if (side != null) {
      side.buffers = buffers;
    }
    return buffers;
  }

  @Override
  public void started(RingWatches watches) {
    try {
      receiveEvents.started(watches);
      transmitEvents.started(watches);
    } catch (EndpointException e) {
      listener.ringError(2 * index, "its notifications can't be watched: " + e.getMessage());
    }
  }

  @Override
  public void halted() {
    receiveEvents.halted();
    transmitEvents.halted();
  }

  @Override
  public void takeBack(int[] ids, int count) {
    buffers.withdrawAll(); // also of a broken ring, whose memory may go
    try {
      untake();
    } catch (InternalError memoryGone) {
      listener.memoryFaulted();
    }
  }

  private void untake() {
    ReceiveSide in = liveReceive;
    if (in != null) {
      in.untake();
      receiveBase = in.queue.base();
    }
    TransmitSide out = liveTransmit;
    if (out != null) {
      out.untake();
      transmitBase = out.queue().base();
    }
    flush();
  }

  @Override
  public void close(int[] ids, int count) {
    takeBack(ids, count);
  }

  @Override
  public boolean isMemoryIntact() {
    return listener.isMemoryIntact();
  }

  @Override
  public void memoryFaulted() {
    listener.memoryFaulted();
  }

  // ---- the worker's: receive ----

  @Override
  public int takePosted(int[] ids, int space) {
    ReceiveSide side = liveReceive;
    if (side == null || !receiveEnabled) {
      return 0;
    }
    receiveEvents.rest(side.queue);
    int count = side.take(ids, space);
    return count > 0 ? count : noneTaken(side, ids, space);
  }

  /** Looks into why no buffer could be taken. */
  private int noneTaken(ReceiveSide side, int[] ids, int space) {
    if (side.queue.fault() != null) {
      broken(2 * index, side.queue);
      liveReceive = null;
    } else if (side instanceof DirectReceive direct && direct.isToBeMerged()) {
      OwnBuffers present = own;
      if (present != null) {
        MergingReceive merging = new MergingReceive(direct, present);
        setReceiveSide(merging);
        return merging.take(ids, space);
      }
    } else {
      receiveEvents.publish(side.queue);
    }
    return 0;
  }

  private void broken(int ring, Virtqueue queue) {
    listener.ringError(ring, String.valueOf(queue.fault()));
  }

  @Override
  public long deliver(int[] ids, int count) {
    ReceiveSide side = liveReceive;
    if (side == null) {
      return 0;
    }
    if (!receiveEnabled) {
      side.discard(ids, count);
      return RingPair.DISCARDED;
    }
    return side.deliver(ids, count);
  }

  @Override
  public void discard(int[] ids, int count) {
    ReceiveSide side = liveReceive;
    if (side != null) {
      side.discard(ids, count);
    }
  }

  // ---- the worker's: transmit ----

  @Override
  public int peekTransmits(TxBatch batch) {
    TransmitSide side = liveTransmit;
    if (side == null) {
      return 0;
    }
    transmitEvents.rest(side.queue());
    int count = 0;
    if (transmitEnabled) {
      count = side.peek(batch);
    } else {
      side.dropAll(batch.maxPackets());
    }
    return count > 0 ? count : noneShown(side);
  }

  private int noneShown(TransmitSide side) {
    if (side.queue().fault() != null) {
      broken(2 * index + 1, side.queue());
      liveTransmit = null;
    } else {
      transmitEvents.publish(side.queue());
    }
    return 0;
  }

  @Override
  public void acceptTransmits(int count) {
    TransmitSide side = liveTransmit;
    if (side != null) {
      side.accept(count);
    }
  }

  @Override
  public void completeTransmits(int[] ids, int count) {
    TransmitSide side = liveTransmit;
    if (side != null) {
      side.complete(ids, count);
    }
  }

  // ---- the worker's: the end of a pass ----

  @Override
  public void flush() {
    ReceiveSide in = liveReceive;
    if (in != null) {
      receiveEvents.publish(in.queue);
    }
    TransmitSide out = liveTransmit;
    if (out != null) {
      transmitEvents.publish(out.queue());
    }
  }

  @Override
  public boolean pollReady(boolean receives, boolean transmits) {
    flush();
    RingPort attached = port;
    boolean hasPlenty = attached != null && attached.receiveIdsHeld() >= PLENTY;
    ReceiveSide in = receives && receiveEnabled && !hasPlenty ? liveReceive : null;
    TransmitSide out = transmits ? liveTransmit : null;
    if (out != null && out.hasPending()) {
      return true;
    }
    if (in != null) {
      receiveEvents.want(in.queue);
    }
    if (out != null) {
      transmitEvents.want(out.queue());
    }
    VarHandle.fullFence(); // the guest sees that we want a kick, or we see what it posted
    boolean ready = false;
    if (in != null) {
      ready = receiveEvents.mustPoll() || in.hasBuffersAgain() || in.hasMore();
      receiveEvents.arm();
    }
    if (out != null) {
      ready |= transmitEvents.mustPoll() || out.queue().hasMore();
      transmitEvents.arm();
    }
    return ready;
  }

  // ---- any thread ----

  @Override
  public void linkChanged(boolean up) {
    if (index == 0) {
      listener.linkChanged(up);
    }
  }

  @Override
  public void inspect(InspectNode node) {
    if (index == 0) {
      listener.inspect(node);
    }
    ReceiveSide in = receive;
    inspect(
        node.child("receive ring"), in == null ? null : in.queue, receiveEnabled, receiveCounters);
    TransmitSide out = transmit;
    inspect(
        node.child("transmit ring"),
        out == null ? null : out.queue(),
        transmitEnabled,
        transmitCounters);
  }

  /** The counters of a virtqueue. */
  RingCounters counters(boolean transmits) {
    return transmits ? transmitCounters : receiveCounters;
  }

  private static void inspect(
      InspectNode node, @Nullable Virtqueue queue, boolean enabled, RingCounters counters) {
    if (queue == null) {
      node.value("state", "stopped");
    } else {
      String fault = queue.fault();
      String sound = enabled ? "started" : "started, disabled";
      node.value("state", fault == null ? sound : "broken: " + fault);
      node.value("kind", queue instanceof PackedVirtqueue ? "packed" : "split");
      node.value("size", queue.layout.size());
      node.value("position", queue.position());
    }
    counters.inspect(node);
  }
}
