package org.patchbay.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.frontend.HostMemory;

class ProbeRingsTest {

  private static final int MTU = 1500;
  private static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");

  private HostMemory host = new HostMemory(1);

  @AfterEach
  void freeMemory() {
    assertTrue(host.free());
  }

  private Reflector open(ProbeSettings settings) {
    host.close();
    host = new HostMemory(ProbeRings.memoryNeeded(settings, MTU));
    Reflector reflector = new Reflector(new ProbeRings(settings, MAC, host, MTU));
    reflector.post();
    return reflector;
  }

  private static ProbeSettings settings(List<Integer> sizes, int segments) {
    return new ProbeSettings(ProbeSettings.MAX_RATE, sizes, segments, 64, 16, true);
  }

  private static void assertIdentity(ProbeReport report) {
    assertEquals(report.sent(), report.returned() + report.lost() + report.inFlight());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 13})
  void checksFramesOfAllSizesOverSegments(int segments) {
    Reflector reflector = open(settings(List.of(60, 61, 1514, 777, 64), segments));
    for (int round = 0; round < 50; round++) {
      int shown = reflector.peek();
      assertEquals(16, shown);
      assertEquals(shown * segments, reflector.batch.segmentCount());
      for (int packet = 0; packet < shown; packet++) {
        assertTrue(reflector.batch.isWellFormed(packet));
      }
      reflector.reflect(shown);
      reflector.complete(shown);
      reflector.deliver(shown);
      reflector.post();
    }
    ProbeReport report = reflector.rings.report();
    assertEquals(800, report.sent());
    assertEquals(800, report.returned());
    assertEquals(0, report.corrupt() + report.foreign() + report.duplicates() + report.reordered());
    assertEquals(800, report.latency().frames());
  }

  @Test
  void measuresTheLongestGapAnewOnDemand() {
    Reflector reflector = open(settings(List.of(60), 1));
    LockSupport.parkNanos(30_000_000);
    assertTrue(reflector.rings.report().longestGap() >= 30_000_000, "the one that has not ended");
    reflector.reflect(reflector.peek());
    reflector.complete(16);
    reflector.deliver(16);
    assertTrue(reflector.rings.report().longestGap() >= 30_000_000, "and when it has ended");
    long before = System.nanoTime();
    reflector.rings.setMeasurement(7);
    reflector.peek();
    assertTrue(
        reflector.rings.report().longestGap() <= System.nanoTime() - before, "another measurement");
    assertEquals(0, reflector.rings.report().latency().frames());
    reflector.rings.setMeasurement(7);
    reflector.reflect(reflector.peek());
    reflector.deliver(16);
    reflector.peek();
    assertEquals(16, reflector.rings.report().latency().frames(), "the same one goes on");
  }

  @Test
  void separatesTheSegmentsInMemory() {
    Reflector reflector = open(settings(List.of(1514), 4));
    reflector.peek();
    int first = reflector.batch.firstSegment(0);
    for (int segment = first; segment < reflector.batch.endSegment(0) - 1; segment++) {
      long end = reflector.batch.segmentAddress(segment) + reflector.batch.segmentLength(segment);
      assertTrue(reflector.batch.segmentAddress(segment + 1) > end);
    }
  }

  /** Whichever byte of a frame changes under way, it does not count as returned. */
  @Test
  void noticesEachChangedByte() {
    Reflector reflector = open(settings(List.of(107), 1));
    for (int position = 0; position < 107; position++) {
      reflector.peek();
      reflector.reflect(1);
      reflector.complete(1);
      int id = reflector.filled.element();
      flip(reflector, id, position);
      ProbeReport before = reflector.rings.report();
      reflector.deliver(1);
      reflector.post();
      ProbeReport after = reflector.rings.report();
      // The addresses are not checked: a bridge or a router may change them.
      long expected = position < 12 ? 1 : 0;
      assertEquals(expected, after.returned() - before.returned(), "byte " + position);
      assertEquals(
          1 - expected,
          after.corrupt() + after.foreign() - before.corrupt() - before.foreign(),
          "byte " + position);
    }
  }

  private void flip(Reflector reflector, int id, int position) {
    MemorySegment memory = host.segment();
    long offset = offsetOf(reflector, id) + position;
    byte old = memory.get(ValueLayout.JAVA_BYTE, offset);
    memory.set(ValueLayout.JAVA_BYTE, offset, (byte) (old ^ 0x10));
  }

  private static long offsetOf(Reflector reflector, int id) {
    RxSegments segments = new RxSegments(1);
    reflector.buffers.pushGuestAddresses(id, segments);
    return segments.address(0) - HostMemory.START;
  }

  @Test
  void noticesAFrameThatWasCutOrGrew() {
    Reflector reflector = open(settings(List.of(107), 1));
    for (int length : new int[] {106, 108, 48, 47, 0}) {
      reflector.peek();
      reflector.reflect(1);
      reflector.complete(1);
      RxMetadata metadata = new RxMetadata().set(0, length);
      reflector.buffers.writeMetadata(reflector.filled.element(), metadata);
      reflector.deliver(1);
      reflector.post();
    }
    ProbeReport report = reflector.rings.report();
    assertEquals(0, report.returned());
    assertEquals(3, report.corrupt());
    assertEquals(2, report.foreign());
  }

  @Test
  void readsAFrameThatDoesNotBeginTheBuffer() {
    Reflector reflector = open(settings(List.of(107), 1));
    reflector.peek();
    reflector.reflect(1);
    int id = reflector.filled.element();
    long offset = offsetOf(reflector, id);
    MemorySegment.copy(host.segment(), offset, host.segment(), offset + 3, 107);
    reflector.buffers.writeMetadata(id, new RxMetadata().set(3, 107));
    reflector.deliver(1);
    assertEquals(1, reflector.rings.report().returned());
  }

  @Test
  void tellsFramesOfOthersFromItsOwn() {
    ProbeSettings settings = settings(List.of(60), 1);
    Reflector reflector = open(settings);
    try (HostMemory otherHost = new HostMemory(ProbeRings.memoryNeeded(settings, MTU))) {
      Reflector other = new Reflector(new ProbeRings(settings, MAC, otherHost, MTU));
      other.peek();
      MemorySegment frame =
          otherHost.segment().asSlice(other.batch.segmentAddress(0) - HostMemory.START, 60);
      int id = reflector.posted.remove();
      assertEquals(
          BufferAccess.WRITTEN,
          reflector.buffers.writePacket(id, new RxMetadata().set(0, 60), frame, 0, 60));
      reflector.filled.add(id);
    }
    assertEquals(60, reflector.deliver(1));
    assertEquals(1, reflector.rings.report().foreign());
    assertEquals(0, reflector.rings.report().corrupt());
  }

  @Test
  void showsTheSameFramesUntilTheyAreAccepted() {
    Reflector reflector = open(settings(List.of(60), 1));
    assertEquals(16, reflector.peek());
    int first = reflector.batch.id(0);
    int fourth = reflector.batch.id(3);
    assertEquals(16, reflector.peek());
    assertEquals(first, reflector.batch.id(0));
    assertTrue(reflector.rings.pollReady(true, true));
    assertFalse(
        reflector.rings.pollReady(true, false), "the backend has no room, nothing else is new");
    assertEquals(Long.MAX_VALUE, reflector.rings.nanosToNextTransmit(System.nanoTime()));
    reflector.reflect(3);
    assertEquals(13, reflector.peek());
    assertEquals(fourth, reflector.batch.id(0));
    reflector.complete(2);
    assertEquals(0, reflector.rings.nanosToNextTransmit(System.nanoTime()));
    assertEquals(15, reflector.peek());
    assertEquals(3, reflector.rings.report().sent());
    assertEquals(15, reflector.rings.report().queued());
  }

  @Test
  void countsWhatWasDroppedAsLostAfterTheTimeout() {
    Reflector reflector = open(settings(List.of(60), 1));
    reflector.peek();
    reflector.accept(6);
    reflector.complete(6);
    reflector.peek();
    reflector.reflect(2);
    reflector.deliver(2);
    ProbeReport report = reflector.rings.report();
    assertEquals(6, report.inFlight());
    assertIdentity(report);
    long later = System.nanoTime() + SequenceWindow.MARK_NANOS;
    assertTrue(reflector.rings.nanosToNextTransmit(later) <= SequenceWindow.MARK_NANOS);
    reflector.rings.nanosToNextTransmit(
        later + SequenceWindow.TIMEOUT_NANOS + SequenceWindow.MARK_NANOS);
    report = reflector.rings.report();
    assertEquals(6, report.lost());
    assertEquals(2, report.returned());
    assertEquals(0, report.inFlight());
  }

  @Test
  void pacesFramesAndQueuesThemWhileNoneIsTaken() {
    Reflector reflector = open(new ProbeSettings(1000, List.of(60), 1, 64, 16, false));
    long begin = System.nanoTime();
    assertEquals(1, reflector.peek(), "the first is due at once");
    long wait = reflector.rings.nanosToNextTransmit(begin);
    assertTrue(wait <= 2_000_000, "next in " + wait);
    while (System.nanoTime() - begin < 40_000_000) {
      LockSupport.parkNanos(1_000_000);
    }
    assertEquals(16, reflector.peek(), "as many as the ring has room for");
    long elapsed = System.nanoTime() - begin;
    long skipped = reflector.rings.report().skipped();
    assertTrue(skipped >= 24 && skipped <= elapsed / 1_000_000, skipped + " skipped");
    reflector.reflect(16);
    reflector.complete(16);
    reflector.deliver(16);
    ProbeReport report = reflector.rings.report();
    assertEquals(16, report.returned());
    assertEquals(0, report.lost());
    assertTrue(
        report.latency().most() >= 39_000_000, "the wait in the ring counts: " + report.latency());
  }

  @Test
  void staysSilentAtRateZeroAndWhileItsLinkIsDown() {
    Reflector reflector = open(settings(List.of(60), 1).withRate(0));
    assertEquals(0, reflector.peek());
    assertEquals(Long.MAX_VALUE, reflector.rings.nanosToNextTransmit(System.nanoTime()));
    reflector.rings.setRate(ProbeSettings.MAX_RATE);
    assertEquals(1, reflector.wakes);
    assertEquals(0, reflector.rings.nanosToNextTransmit(System.nanoTime()));
    assertEquals(16, reflector.peek());
    reflector.reflect(16);
    reflector.complete(16);
    reflector.rings.linkChanged(false);
    assertEquals(0, reflector.peek());
    reflector.rings.linkChanged(true);
    assertEquals(16, reflector.peek());
    assertEquals(3, reflector.wakes);
  }

  @Test
  void postsDiscardedBuffersAgainAndForgetsTheirFrames() {
    Reflector reflector = open(settings(List.of(60), 1));
    reflector.peek();
    reflector.reflect(1);
    int id = reflector.filled.remove();
    reflector.held[id] = false;
    reflector.rings.discard(new int[] {id}, 1);
    assertTrue(reflector.rings.pollReady(true, true));
    reflector.post();
    assertTrue(reflector.held[id]);
    assertEquals(1, reflector.rings.report().inFlight());
  }

  /**
   * Random acceptance, completion and delivery: no slot is lost or doubled, no frame miscounted.
   */
  @Test
  void conservesSlotsAndFramesUnderAnySchedule() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Reflector reflector = open(settings(List.of(60, 300), 2));
      int dropped = 0;
      for (int step = 0; step < 3000; step++) {
        switch (random.nextInt(5)) {
          case 0 -> reflector.post();
          case 1 -> {
            int shown = reflector.peek();
            reflector.reflect(Math.min(random.nextInt(shown + 1), reflector.posted.size()));
          }
          case 2 -> {
            int count = random.nextInt(Math.min(reflector.peek(), 2) + 1);
            reflector.accept(count);
            dropped += count;
          }
          case 3 -> reflector.complete(random.nextInt(reflector.inFlight.size() + 1));
          default -> reflector.deliver(random.nextInt(Math.min(reflector.filled.size(), 64) + 1));
        }
        assertIdentity(reflector.rings.report());
      }
      reflector.complete(reflector.inFlight.size());
      while (!reflector.filled.isEmpty()) {
        reflector.deliver(Math.min(reflector.filled.size(), 64));
      }
      reflector.post();
      assertEquals(64, reflector.posted.size(), "receive buffers, seed " + seed);
      assertEquals(16, reflector.peek(), "transmit slots, seed " + seed);
      assertEquals(16, reflector.batchIds(), "transmit slots that differ, seed " + seed);
      ProbeReport report = reflector.rings.report();
      assertEquals(dropped, report.inFlight(), "seed " + seed);
      assertEquals(0, report.corrupt() + report.duplicates() + report.reordered());
    }
  }

  @Test
  void allocatesNothingOnThePacketPath() {
    Reflector reflector = open(settings(List.of(60, 1514), 3));
    int[] ids = new int[64];
    int[] transmitIds = new int[64];
    RxMetadata metadata = new RxMetadata();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int[] receive = new int[64];
    int posted = 64;
    for (int i = 0; i < posted; i++) {
      receive[i] = reflector.posted.remove();
    }
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int pass = 0; pass < 1000; pass++) {
        reflector.batch.clear();
        int shown = reflector.rings.peekTransmits(reflector.batch);
        for (int packet = 0; packet < shown; packet++) {
          metadata.set(0, reflector.batch.length(packet));
          reflector.buffers.writePacket(receive[packet], metadata, reflector.batch, packet);
          ids[packet] = receive[packet];
          transmitIds[packet] = reflector.batch.id(packet);
        }
        reflector.rings.acceptTransmits(shown);
        reflector.rings.completeTransmits(transmitIds, shown);
        reflector.rings.deliver(ids, shown);
        reflector.rings.takePosted(receive, shown);
        reflector.rings.pollReady(true, true);
        reflector.rings.nanosToNextTransmit(System.nanoTime());
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least);
    assertEquals(320_000, reflector.rings.report().returned());
  }

  @Test
  void showsItsReport() {
    Reflector reflector = open(settings(List.of(60), 1));
    reflector.peek();
    reflector.reflect(2);
    reflector.deliver(1);
    InspectNode node = new InspectNode();
    reflector.rings.inspect(node);
    String text = node.render();
    assertTrue(text.contains("rate: max\nsent: 2\nreturned: 1\nlost: 0\nin flight: 1\n"), text);
    assertTrue(text.contains("latency in ns\n  frames: 1\n"), text);
  }
}
