package org.patchbay.probe;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.HostMemory;
import org.patchbay.frontend.RingPair;
import org.patchbay.frontend.RingPort;
import org.patchbay.frontend.SlotBuffers;

/**
 * The rings of a probe. A frame comes into being when it is due and a transmit slot is free; what
 * is due while the ring is full is skipped, as an application drops what its socket does not take.
 *
 * <pre>
 *   transmit slot:  free -- due --> queued -- accepted --> in flight -- completed --> free
 *   receive slot:   free -- taken --> posted -- delivered (checked at once) --> free
 * </pre>
 */
public final class ProbeRings implements RingPair {

  private static final int VLAN_TAG_LENGTH = 4;

  private final ProbeSettings settings;
  private final ProbeFrames frames;
  private final MemorySegment memory;
  private final SlotBuffers buffers;
  private final SequenceWindow sequences;
  private final Pacer pacer = new Pacer();
  private final LatencyHistogram latency = new LatencyHistogram();
  private final SecondMeter rates;
  private final GapMeter gaps;

  private final TransmitRing transmits;
  private boolean changedSinceShown = true;

  // Receive slots.
  private final int[] freeReceives;
  private int freeReceiveCount;

  // The rate in force, on the worker.
  private long rate;

  private volatile long wantedRate;
  private volatile boolean linkUp = true;
  private volatile boolean clearWanted;
  private volatile long wantedMeasurement;
  private volatile long measurement;
  private volatile @Nullable RingPort port;

  // Written by the worker, read by any thread.
  private final AtomicLong queuedNow = new AtomicLong();
  private final AtomicLong skipped = new AtomicLong();
  private final AtomicLong corrupt = new AtomicLong();
  private final AtomicLong foreign = new AtomicLong();

  /**
   * @param settings what to send
   * @param mac source address of the frames
   * @param host of {@link #memoryNeeded}; stays open as long as this is used
   * @param mtu the NIC's, in bytes
   */
  public ProbeRings(ProbeSettings settings, MacAddress mac, HostMemory host, int mtu) {
    this.settings = settings;
    memory = host.segment();
    frames = new ProbeFrames(ThreadLocalRandom.current().nextLong(), mac);
    int receiveSlotSize = receiveSlotSize(mtu);
    buffers = new SlotBuffers(host.guest(), HostMemory.START, settings.buffers(), receiveSlotSize);
    transmits =
        new TransmitRing(settings, frames, memory, (long) settings.buffers() * receiveSlotSize);
    freeReceives = new int[settings.buffers()];
    for (int slot = settings.buffers() - 1; slot >= 0; slot--) {
      freeReceives[freeReceiveCount++] = slot;
    }
    long now = System.nanoTime();
    sequences = new SequenceWindow(now);
    rates = new SecondMeter(now);
    gaps = new GapMeter(now);
    wantedRate = settings.rate();
  }

  /** How many bytes a probe needs. */
  public static long memoryNeeded(ProbeSettings settings, int mtu) {
    return (long) settings.buffers() * receiveSlotSize(mtu) + TransmitRing.memoryNeeded(settings);
  }

  private static int receiveSlotSize(int mtu) {
    return TransmitRing.wholeLines(ProbeFrames.longest(mtu) + VLAN_TAG_LENGTH);
  }

  // ---- any thread ----

  /**
   * Changes the rate.
   *
   * @param newRate as {@link ProbeSettings#rate()}
   */
  public void setRate(long newRate) {
    wantedRate = newRate;
    wake();
  }

  /**
   * Begins another measurement soon, unless the number is that of the present one: forgets
   * latencies and the longest gap. The inspection tells when it has begun.
   */
  public void setMeasurement(long number) {
    wantedMeasurement = number;
    wake();
  }

  /** Forgets the latencies so far, soon. */
  public void clearLatency() {
    clearWanted = true;
    wake();
  }

  @Override
  public void linkChanged(boolean up) {
    linkUp = up;
    wake();
  }

  private void wake() {
    RingPort attached = port;
    if (attached != null) {
      attached.wake();
    }
  }

  /** What was counted until now. */
  public ProbeReport report() {
    long lost = sequences.lost();
    long returned = sequences.returned();
    long sent = sequences.sent();
    return new ProbeReport(
        sent,
        returned,
        lost,
        sent - returned - lost,
        queuedNow.getOpaque(),
        skipped.getOpaque(),
        sequences.duplicates(),
        sequences.reordered(),
        sequences.late(),
        corrupt.getOpaque(),
        foreign.getOpaque(),
        rates.sentPerSecond(),
        rates.returnedPerSecond(),
        gaps.longest(System.nanoTime()),
        latency.summarize());
  }

  @Override
  public void inspect(InspectNode node) {
    ProbeReport report = report();
    long wanted = wantedRate;
    node.value("rate", wanted == ProbeSettings.MAX_RATE ? "max" : Long.toString(wanted));
    node.value("sent", report.sent());
    node.value("returned", report.returned());
    node.value("lost", report.lost());
    node.value("in flight", report.inFlight());
    node.value("queued", report.queued());
    node.value("skipped", report.skipped());
    node.value("duplicates", report.duplicates());
    node.value("reordered", report.reordered());
    node.value("late", report.late());
    node.value("corrupt", report.corrupt());
    node.value("foreign", report.foreign());
    node.value("sent per second", report.sentPerSecond());
    node.value("returned per second", report.returnedPerSecond());
    node.value("measurement", measurement);
    node.value("longest gap in us", report.longestGap() / 1000);
    InspectNode times = node.child("latency in ns");
    times.value("frames", report.latency().frames());
    times.value("min", report.latency().least());
    times.value("mean", report.latency().mean());
    times.value("p50", report.latency().median());
    times.value("p99", report.latency().percentile99());
    times.value("max", report.latency().most());
  }

  // ---- worker: receive ----

  @Override
  public int receiveSlots() {
    return settings.buffers();
  }

  @Override
  public int transmitSlots() {
    return settings.window();
  }

  @Override
  public void attach(RingPort newPort) {
    port = newPort;
    buffers.attach(newPort);
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
  public int takePosted(int[] ids, int space) {
    int count = Math.min(space, freeReceiveCount);
    for (int i = 0; i < count; i++) {
      ids[i] = freeReceives[--freeReceiveCount];
    }
    return count;
  }

  @Override
  public long deliver(int[] ids, int count) {
    long now = System.nanoTime();
    long bytes = 0;
    long returned = sequences.returned();
    for (int i = 0; i < count; i++) {
      int id = ids[i];
      RxMetadata metadata = buffers.metadata(id);
      check(buffers.address(id) - HostMemory.START + metadata.offset(), metadata.length(), now);
      bytes += metadata.length();
      freeReceives[freeReceiveCount++] = id;
    }
    sequences.publish();
    tick(now);
    if (sequences.returned() != returned) {
      gaps.returned(now);
    }
    return bytes;
  }

  private void check(long offset, int length, long now) {
    if (!frames.isOwn(memory, offset, length)) {
      foreign.setOpaque(foreign.getPlain() + 1);
      return;
    }
    long sequence = frames.sequence(memory, offset);
    if (!frames.isIntact(memory, offset, length)
        || (settings.verify() && !frames.hasPattern(memory, offset, length, sequence))) {
      corrupt.setOpaque(corrupt.getPlain() + 1);
      return;
    }
    if (sequences.receive(sequence)) {
      latency.record(now - frames.due(memory, offset));
    }
  }

  @Override
  public void discard(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      freeReceives[freeReceiveCount++] = ids[i];
    }
  }

  @Override
  public void close(int[] ids, int count) {
    discard(ids, count);
  }

  // ---- worker: transmit ----

  @Override
  public int peekTransmits(TxBatch batch) {
    long now = System.nanoTime();
    generate(now, batch.maxPackets());
    tick(now);
    changedSinceShown = false;
    return transmits.show(batch);
  }

  @Override
  public void acceptTransmits(int count) {
    transmits.accept(count);
    changedSinceShown |= count > 0;
    sequences.send(count);
    sequences.publish();
    queuedNow.setOpaque(transmits.queued());
  }

  @Override
  public void completeTransmits(int[] ids, int count) {
    transmits.complete(ids, count);
    changedSinceShown |= count > 0;
  }

  @Override
  public boolean pollReady(boolean receives, boolean wanted) {
    return (receives && freeReceiveCount > 0)
        || (wanted && (transmits.queued() > 0 || hasMoreAtOnce()));
  }

  @Override
  public long nanosToNextTransmit(long now) {
    tick(now);
    followRate(now);
    long toFrame = Long.MAX_VALUE;
    if (hasMoreAtOnce()) {
      toFrame = 0;
    } else if (isPaced() && transmits.hasFree()) {
      toFrame = Math.max(0, pacer.due() - now);
    }
    return Math.min(toFrame, sequences.nanosToTick(now));
  }

  /** At the highest rate there is always one more, but not before the last ones were looked at. */
  private boolean hasMoreAtOnce() {
    return rate == ProbeSettings.MAX_RATE && changedSinceShown && transmits.hasFree();
  }

  private boolean isPaced() {
    return rate != 0 && rate != ProbeSettings.MAX_RATE;
  }

  private void followRate(long now) {
    long wanted = linkUp ? wantedRate : 0;
    if (wanted != rate) {
      rate = wanted;
      changedSinceShown = true;
      if (isPaced()) {
        pacer.start(wanted, now);
      }
    }
  }

  private void generate(long now, int batchSize) {
    followRate(now);
    if (isPaced()) {
      while (transmits.hasFree() && pacer.due() - now <= 0) {
        transmits.generate(pacer.due());
        pacer.advance();
      }
      if (!transmits.hasFree()) {
        skipped.setOpaque(skipped.getPlain() + pacer.skip(now));
      }
    } else if (rate == ProbeSettings.MAX_RATE) {
      while (transmits.hasFree() && transmits.queued() < batchSize) {
        transmits.generate(now);
      }
    }
    queuedNow.setOpaque(transmits.queued());
  }

  // ---- worker: time ----

  private void tick(long now) {
    sequences.tick(now);
    rates.tick(now, sequences.sent(), sequences.returned());
    if (clearWanted) {
      clearWanted = false;
      latency.clear();
    }
    long wanted = wantedMeasurement;
    if (wanted != measurement) {
      latency.clear();
      gaps.clear(now);
      measurement = wanted;
    }
  }
}
