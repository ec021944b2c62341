package org.patchbay.vhostuser.peer;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.Mapping;
import org.patchbay.linux.MemoryFile;
import org.patchbay.linux.UnixSocket;
import org.patchbay.vhostuser.protocol.RegionDescription;
import org.patchbay.vhostuser.protocol.Request;
import org.patchbay.vhostuser.protocol.VirtioFeature;
import org.patchbay.vhostuser.ring.DriverRing;
import org.patchbay.vhostuser.ring.GuestDriver;

/**
 * A whole guest for tests: memory, a virtio-net driver for each queue pair, and the connection that
 * brings both to a back-end. It is well-behaved; what is not is done through its parts. One thread.
 */
public final class Guest implements AutoCloseable {

  /** Guest address of its memory. */
  public static final long GUEST_ADDRESS = 0x1_0000_0000L;

  /** Where it claims to have its memory mapped; another number than the guest address. */
  public static final long USER_ADDRESS = 0x7e00_0000_0000L;

  private static final int HEADER = 14;
  private static final int SLOT_BYTES = 2048;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** What a modern driver takes up if it is offered. */
  public static final long USUAL_FEATURES =
      VirtioFeature.VERSION_1.mask()
          | VirtioFeature.PROTOCOL_FEATURES.mask()
          | VirtioFeature.MRG_RXBUF.mask()
          | VirtioFeature.EVENT_IDX.mask()
          | VirtioFeature.INDIRECT_DESC.mask();

  private final FrontEnd frontEnd;
  private final int pairs;
  private final int ringSize;
  private final MemoryFile memory;
  private final Mapping mapping;
  private final List<GuestDriver> drivers = new ArrayList<>();
  private final List<EventFd> kicks = new ArrayList<>();
  private final List<EventFd> calls = new ArrayList<>();
  private final long[] sent;
  private final long[] received;
  private long features;

  private Guest(FrontEnd frontEnd, int pairs, int ringSize) throws IOException {
    this.frontEnd = frontEnd;
    this.pairs = pairs;
    this.ringSize = ringSize;
    sent = new long[pairs];
    received = new long[pairs];
    memory = MemoryFile.create("test-guest", memorySize(pairs, ringSize));
    mapping = memory.map();
    for (int i = 0; i < 2 * pairs; i++) {
      kicks.add(EventFd.open());
      calls.add(EventFd.open());
    }
  }

  private static long memorySize(int pairs, int ringSize) {
    long bytes = pairs * (GuestDriver.bytesNeeded(ringSize, SLOT_BYTES) + 64);
    return bytes + 4095 & -4096L;
  }

  /** A guest that connects; nothing is negotiated yet. */
  public static Guest connect(Path socket, int pairs, int ringSize) throws IOException {
    return new Guest(FrontEnd.connect(socket), pairs, ringSize);
  }

  /** A guest on a connection that was made already. */
  public static Guest over(UnixSocket socket, int pairs, int ringSize) throws IOException {
    return new Guest(FrontEnd.over(socket), pairs, ringSize);
  }

  /** The connection. */
  public FrontEnd frontEnd() {
    return frontEnd;
  }

  /** The file that is its memory. */
  public MemoryFile memory() {
    return memory;
  }

  /** The driver of a queue pair. */
  public GuestDriver driver(int pair) {
    return drivers.get(pair);
  }

  /** The features that were negotiated. */
  public long features() {
    return features;
  }

  /** Its memory as a request describes it. */
  public RegionDescription region() {
    return new RegionDescription(GUEST_ADDRESS, memory.length(), USER_ADDRESS, 0);
  }

  /** Negotiates what it wants of what is offered, shares its memory and starts all pairs. */
  public void start(long wanted) throws IOException {
    negotiate(wanted);
    share();
    startPairs();
  }

  /** Negotiates what it wants of what is offered. */
  public void negotiate(long wanted) throws IOException {
    features = wanted & Payloads.asNumber(frontEnd.ask(Request.GET_FEATURES, Payloads.none()));
    long protocol = Payloads.asNumber(frontEnd.ask(Request.GET_PROTOCOL_FEATURES, Payloads.none()));
    frontEnd.tell(Request.SET_PROTOCOL_FEATURES, Payloads.number(protocol));
    frontEnd.tell(Request.SET_OWNER, Payloads.none());
    must(Request.SET_FEATURES, Payloads.number(features));
  }

  /** Shares its memory. */
  public void share() throws IOException {
    must(Request.SET_MEM_TABLE, Payloads.table(List.of(region())), memory.descriptor().value());
  }

  /** Starts and enables all pairs, with fresh rings. */
  public void startPairs() throws IOException {
    mapping.segment().fill((byte) 0);
    drivers.clear();
    Arrays.fill(sent, 0);
    Arrays.fill(received, 0);
    long each = memorySize(pairs, ringSize) / pairs & -64L;
    for (int i = 0; i < pairs; i++) {
      GuestDriver driver =
          new GuestDriver(
              mapping.segment(), GUEST_ADDRESS, i * each, ringSize, features, SLOT_BYTES);
      drivers.add(driver);
      start(2 * i, driver.receiveRing(), driver.receiveRing().initialBase());
      start(2 * i + 1, driver.transmitRing(), driver.transmitRing().initialBase());
      fill(i);
    }
  }

  private void start(int ring, DriverRing driver, int base) throws IOException {
    frontEnd.tell(Request.SET_VRING_NUM, Payloads.vring(ring, driver.size()));
    frontEnd.tell(Request.SET_VRING_BASE, Payloads.vring(ring, base));
    long toUser = USER_ADDRESS - GUEST_ADDRESS;
    frontEnd.tell(
        Request.SET_VRING_ADDR,
        Payloads.addresses(
            ring,
            driver.descriptorAddress() + toUser,
            driver.driverAddress() + toUser,
            driver.deviceAddress() + toUser));
    frontEnd.tell(
        Request.SET_VRING_CALL, Payloads.number(ring), calls.get(ring).descriptor().value());
    frontEnd.tell(
        Request.SET_VRING_KICK, Payloads.number(ring), kicks.get(ring).descriptor().value());
    must(Request.SET_VRING_ENABLE, Payloads.vring(ring, 1));
  }

  /** Stops a ring; the base where it goes on. */
  public int stop(int ring) throws IOException {
    byte[] answer = frontEnd.ask(Request.GET_VRING_BASE, Payloads.vring(ring, 0));
    return (int) (Payloads.asNumber(answer) >>> 32);
  }

  /** Starts a ring that was stopped, where it was. */
  public void resume(int ring, int base) throws IOException {
    GuestDriver driver = drivers.get(ring / 2);
    start(ring, ring % 2 == 0 ? driver.receiveRing() : driver.transmitRing(), base);
  }

  /** Orders something that must be done. */
  public void must(Request request, byte[] payload, int... descriptors) throws IOException {
    if (frontEnd.order(request, payload, descriptors) != 0) {
      throw new IOException(request + " was not done");
    }
  }

  private void fill(int pair) {
    if (drivers.get(pair).postReceive()) {
      kick(2 * pair);
    }
  }

  /** Writes a 16-bit number anywhere into its memory. */
  public void write(long guestAddress, int number) {
    mapping
        .segment()
        .set(ValueLayout.JAVA_SHORT_UNALIGNED, guestAddress - GUEST_ADDRESS, (short) number);
  }

  /** Kicks a ring. */
  public void kick(int ring) {
    if (!kicks.get(ring).signal()) {
      throw new IllegalStateException("the kick of ring " + ring + " is closed");
    }
  }

  /**
   * Sends numbered frames over a pair whose endpoint reflects them, and waits until each is back:
   * whole, once, in order, but for those that a swap may lose.
   *
   * @param lossAllowed whether frames may be missing
   * @return how many came back
   */
  public int echo(int pair, int frames, int length, boolean lossAllowed) {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    int out = 0;
    int back = 0;
    long last = sent[pair] + frames - 1;
    while (received[pair] <= last) {
      if (out < frames && trySend(pair, frame(sent[pair], length))) {
        sent[pair]++;
        out++;
      }
      GuestDriver.Received next = receive(pair);
      if (next != null) {
        check(next.frame(), pair, length, lossAllowed);
        back++;
      } else if (out == frames && lossAllowed && isQuiet(pair)) {
        received[pair] = sent[pair];
      } else if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "of %d frames %d were sent and %d came back".formatted(frames, out, back));
      } else {
        Thread.yield();
      }
    }
    return back;
  }

  /** Whether all that was sent has been taken, and nothing comes any more. */
  private boolean isQuiet(int pair) {
    GuestDriver driver = drivers.get(pair);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
    while (System.nanoTime() < end) {
      driver.reclaim();
      if (driver.transmitRing().freeDescriptors() < ringSize) {
        return false;
      }
      Thread.yield();
    }
    return true;
  }

  /** Sends a frame, if there is room. */
  public boolean trySend(int pair, byte[] frame) {
    GuestDriver driver = drivers.get(pair);
    driver.reclaim();
    Boolean kick = driver.send(frame);
    if (kick == null) {
      return false;
    }
    if (kick) {
      kick(2 * pair + 1);
    }
    return true;
  }

  /** Takes a received frame, if there is one, and posts its buffer again. */
  public GuestDriver.@Nullable Received receive(int pair) {
    GuestDriver.Received next = drivers.get(pair).receive();
    if (next != null) {
      fill(pair);
    }
    return next;
  }

  private void check(byte[] frame, int pair, int length, boolean lossAllowed) {
    if (frame.length != length) {
      throw new AssertionError(length + " bytes were sent and " + frame.length + " came back");
    }
    long number = ByteBuffer.wrap(frame, HEADER, 8).getLong();
    if (number < received[pair] || number > received[pair] && !lossAllowed) {
      throw new AssertionError("frame " + number + " came instead of " + received[pair]);
    }
    if (!Arrays.equals(frame, frame(number, length))) {
      throw new AssertionError("frame " + number + " came back changed");
    }
    received[pair] = number + 1;
  }

  /** An Ethernet frame that holds a number and what follows from it. */
  public static byte[] frame(long number, int length) {
    ByteBuffer frame = ByteBuffer.allocate(length);
    frame.putInt(0x0200_0000).putShort((short) 1).putInt(0x0200_0000).putShort((short) 2);
    frame.putShort((short) 0x88b5).putLong(number);
    while (frame.hasRemaining()) {
      frame.put((byte) (number * 31 + frame.position()));
    }
    return frame.array();
  }

  @Override
  public void close() {
    frontEnd.close();
    mapping.close();
    memory.close();
    kicks.forEach(EventFd::close);
    calls.forEach(EventFd::close);
  }
}
