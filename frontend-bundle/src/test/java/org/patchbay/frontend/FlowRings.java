package org.patchbay.frontend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.TxBatch;

/**
 * One ring pair of a {@link FlowGuest}. Driven by its worker; the volatile fields are anybody's.
 */
final class FlowRings implements RingPair {

  static final int FLOWS = 4;
  private static final int LENGTH = 64;
  private static final int NUMBERS = 14 + 20 + 8;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final FlowGuest guest;
  private final int index;
  private final SlotBuffers buffers;
  private final long transmitBase;
  private final MemorySegment frame = Arena.ofAuto().allocate(LENGTH);
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private final ArrayDeque<Integer> posted = new ArrayDeque<>();
  private final ArrayDeque<Integer> freeTransmits = new ArrayDeque<>();
  private final ArrayDeque<Integer> queued = new ArrayDeque<>();
  private final long[] sequences = new long[FLOWS];
  private long sent;

  @SuppressWarnings("NullAway.Init") // the engine attaches it before all else
  private RingPort port;

  volatile boolean inOrder = true;
  volatile long ordered;
  volatile long accepted;
  volatile long completed;
  volatile long delivered;
  volatile long taken;
  volatile int starts;
  volatile int halts;
  volatile int memoryFaults;
  volatile boolean failsToHalt;
  volatile List<Integer> takenBack = List.of();
  volatile List<Integer> closed = List.of();

  FlowRings(FlowGuest guest, int index, int pairs) {
    this.guest = guest;
    this.index = index;
    int all = pairs * FlowGuest.SLOTS;
    buffers = new SlotBuffers(guest.memory, 0, all, FlowGuest.SIZE);
    transmitBase = (long) all * FlowGuest.SIZE;
    for (int i = 0; i < FlowGuest.SLOTS; i++) {
      free.add(index * FlowGuest.SLOTS + i);
      freeTransmits.add(index * FlowGuest.SLOTS + i);
    }
  }

  void order(long frames) {
    ordered += frames;
    port.wake();
  }

  /** All receive ids of the pair, sorted. */
  List<Integer> allBuffers() {
    return IntStream.range(0, FlowGuest.SLOTS)
        .map(i -> index * FlowGuest.SLOTS + i)
        .boxed()
        .toList();
  }

  /** The receive ids that the guest has after the engine closed, sorted, doubles included. */
  List<Integer> buffersAtHome() {
    return Stream.concat(free.stream(), closed.stream()).sorted().toList();
  }

  @Override
  public int receiveSlots() {
    return FlowGuest.SLOTS;
  }

  @Override
  public int transmitSlots() {
    return FlowGuest.SLOTS;
  }

  @Override
  public void attach(RingPort ringPort) {
    port = ringPort;
    buffers.attach(ringPort);
  }

  @Override
  public GuestMemory memory() {
    return buffers.memory();
  }

  @Override
  public BufferAccess lend(GuestMemory view, MemorySegment all, boolean apart) {
    return buffers.lend(view, apart);
  }

  @Override
  public boolean isInOrder() {
    return inOrder;
  }

  @Override
  public void started(RingWatches watches) {
    starts++;
    require(starts == halts + 1, "started twice");
  }

  @Override
  public void halted() {
    halts++;
    if (failsToHalt) {
      failsToHalt = false;
      throw new IllegalStateException("on purpose");
    }
    require(starts == halts, "halted without having been started");
  }

  @Override
  public boolean isMemoryIntact() {
    return guest.intact.getAsBoolean();
  }

  @Override
  public void memoryFaulted() {
    memoryFaults++;
  }

  private void require(boolean condition, String violation) {
    if (!condition) {
      guest.violations.add("pair " + index + ": " + violation);
    }
  }

  // ---- receive ----

  @Override
  public int takePosted(int[] ids, int space) {
    require(starts == halts + 1, "used while it is not started");
    int count = 0;
    while (count < space && !free.isEmpty()) {
      int id = free.remove();
      posted.add(id);
      ids[count++] = id;
    }
    taken += count;
    return count;
  }

  @Override
  public long deliver(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      unpost(id);
      guest.memory.read(buffers.address(id), frame, 0, LENGTH);
      int flow = frame.get(INT, NUMBERS);
      long number = frame.get(LONG, NUMBERS + 4);
      long next = guest.expected.getOrDefault(flow, 0L);
      // A frame that goes to another pair for want of buffers may overtake others.
      require(
          number == next || guest.maySteerWrongly,
          "flow " + flow + " got " + number + " instead of " + next);
      guest.numbers.computeIfAbsent(flow, any -> new BitSet()).flip((int) number);
      require(
          buffers.metadata(id).length() == LENGTH,
          "a frame of " + buffers.metadata(id).length() + " bytes");
      guest.expected.merge(flow, number + 1, Math::max);
      guest.home.put(flow, index);
      free.add(id);
    }
    delivered += count;
    return (long) count * LENGTH;
  }

  private void unpost(int id) {
    if (inOrder) {
      Integer oldest = posted.poll();
      require(oldest != null && oldest == id, "id " + id + " came back before " + oldest);
    } else {
      require(posted.remove(id), "id " + id + " came back without having been posted");
    }
  }

  @Override
  public void discard(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      unpost(ids[i]);
      free.add(ids[i]);
    }
  }

  @Override
  public void takeBack(int[] ids, int count) {
    List<Integer> back = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      back.add(ids[i]);
    }
    require(back.equals(List.copyOf(posted)), "took back " + back + " instead of " + posted);
    posted.clear();
    takenBack = back;
    free.addAll(back);
  }

  @Override
  public void close(int[] ids, int count) {
    closed = IntStream.of(ids).limit(count).boxed().toList();
  }

  // ---- transmit ----

  @Override
  public int peekTransmits(TxBatch batch) {
    while (sent < ordered && !freeTransmits.isEmpty()) {
      int id = freeTransmits.remove();
      int flow = (int) (sent % FLOWS);
      writeFrame(index * FLOWS + flow, sequences[flow]++);
      guest.memory.write(address(id), frame, 0, LENGTH);
      queued.add(id);
      sent++;
    }
    for (int id : queued) {
      if (!batch.addPacket(id, 1, 0, LENGTH, address(id), LENGTH)) {
        break;
      }
    }
    return batch.packetCount();
  }

  /** An IPv4 datagram of UDP, whose ports tell the flow. */
  private void writeFrame(int flow, long number) {
    frame.fill((byte) 0);
    frame.set(SHORT, 12, (short) 0x0800);
    frame.set(ValueLayout.JAVA_BYTE, 14, (byte) 0x45);
    frame.set(ValueLayout.JAVA_BYTE, 14 + 9, (byte) 17);
    frame.set(INT, 14 + 12, 0x0a000001);
    frame.set(INT, 14 + 16, 0x0a000002);
    frame.set(SHORT, 34, (short) (1000 + flow));
    frame.set(SHORT, 36, (short) 53);
    frame.set(INT, NUMBERS, flow);
    frame.set(LONG, NUMBERS + 4, number);
  }

  private long address(int id) {
    return transmitBase + (long) id * FlowGuest.SIZE;
  }

  @Override
  public void acceptTransmits(int count) {
    for (int i = 0; i < count; i++) {
      queued.remove();
    }
    accepted += count;
  }

  @Override
  public void completeTransmits(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      freeTransmits.add(ids[i]);
    }
    completed += count;
  }

  @Override
  public boolean pollReady(boolean receives, boolean transmits) {
    return receives && !free.isEmpty() || transmits && sent < ordered && !freeTransmits.isEmpty();
  }
}
