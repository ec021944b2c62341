package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.Watch;
import org.patchbay.linux.EventFd;

/** Calls to the guest and kicks from it, each only where it is wanted. */
class NotificationTest {

  private static final int SIZE = 16;

  static Stream<Long> kinds() {
    long packed = 1L << Features.RING_PACKED;
    long events = 1L << Features.EVENT_IDX;
    return Stream.of(0L, packed, events, packed | events).map(bits -> RingRig.COMMON | bits);
  }

  /** A watch that fires when told. */
  private static final class TestWatch implements Watch {
    private final int descriptor;
    private boolean armed;
    private boolean fired;
    private boolean closed;

    TestWatch(int descriptor) {
      this.descriptor = descriptor;
    }

    @Override
    public void arm(int interest) {
      armed = true;
    }

    @Override
    public int takeReady() {
      boolean was = fired;
      fired = false;
      return was ? READABLE : 0;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** A rig with eventfds and watches. */
  private static final class Wired implements AutoCloseable {
    final RingRig rig;
    final EventFd call = EventFd.open();
    final EventFd kick = EventFd.open();
    final EventFd otherKick = EventFd.open();
    final List<TestWatch> watches = new ArrayList<>();

    Wired(long features) throws Exception {
      this(features, SIZE);
    }

    Wired(long features, int size) throws Exception {
      rig = new RingRig(features, size);
      rig.pair.setCall(true, call.descriptor());
      rig.pair.setKick(true, kick.descriptor());
      rig.pair.setKick(false, otherKick.descriptor());
      rig.pair.started(
          descriptor -> {
            TestWatch watch = new TestWatch(descriptor);
            watches.add(watch);
            return watch;
          });
    }

    TestWatch transmitWatch() {
      return watches.stream()
          .filter(watch -> watch.descriptor == kick.descriptor().value())
          .findFirst()
          .orElseThrow();
    }

    boolean send() {
      return Boolean.TRUE.equals(rig.driver.send(RoundTripTest.frame(new Random(1), 60)));
    }

    void drop() {
      rig.acceptAndComplete(rig.peek().packetCount());
      rig.pair.flush();
    }

    @Override
    public void close() {
      rig.close();
      call.close();
      kick.close();
      otherKick.close();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void noKickIsWantedWhileTheWorkerPolls(long features) throws Exception {
    try (Wired wired = new Wired(features)) {
      wired.send();
      wired.drop();
      assertFalse(wired.send(), "a kick is wanted though the worker polls");
      wired.drop();
      assertFalse(wired.rig.pair.pollReady(true, true));
      assertTrue(wired.transmitWatch().armed);
      assertTrue(wired.send(), "no kick is wanted though the worker sleeps");
      wired.kick.signal();
      wired.transmitWatch().fired = true;
      wired.drop();
      assertEquals(0, wired.kick.drain(), "the kick was left in the eventfd");
      assertFalse(wired.send());
      assertEquals(1, wired.rig.pair.counters(true).get(RingCounters.KICKS));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatCameBeforeTheKickWasWantedIsSeen(long features) throws Exception {
    try (Wired wired = new Wired(features)) {
      wired.send();
      assertTrue(wired.rig.pair.pollReady(true, true));
      assertFalse(wired.rig.pair.pollReady(true, false), "transmits are not wanted");
      wired.drop();
      assertFalse(wired.rig.pair.pollReady(true, true));
      wired.rig.driver.postReceive();
      assertTrue(wired.rig.pair.pollReady(true, true), "posted buffers were not seen");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void buffersThatAreSetAsideAreNotPlenty(long features) throws Exception {
    try (Wired wired = new Wired(features, 128)) {
      RingRig rig = wired.rig;
      rig.driver.postReceive();
      rig.postAll();
      while (rig.posted.size() > 100) {
        assertEquals(BufferAccess.WRITTEN, rig.receive(new byte[60], new RxMetadata().set(0, 60)));
        rig.driver.receive();
      }
      assertFalse(rig.pair.pollReady(true, true));
      assertFalse(rig.driver.postReceive(), "the backend has plenty of buffers");
      rig.postAll();
      while (rig.posted.size() > 100) {
        assertEquals(BufferAccess.WRITTEN, rig.receive(new byte[60], new RxMetadata().set(0, 60)));
        rig.driver.receive();
      }
      rig.aside = rig.posted.size();
      assertFalse(rig.pair.pollReady(true, true));
      assertTrue(rig.driver.postReceive(), "no kick is wanted though the backend has no buffer");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theGuestIsCalledOnceAPassAndOnlyIfItWants(long features) throws Exception {
    try (Wired wired = new Wired(features)) {
      DriverRing ring = wired.rig.driver.transmitRing();
      ring.wantCalls(true);
      for (int i = 0; i < 4; i++) {
        wired.send();
      }
      wired.drop();
      assertEquals(1, wired.call.drain(), "calls for four packets in a pass");
      wired.rig.driver.reclaim();
      ring.wantCalls(false);
      wired.send();
      wired.drop();
      assertEquals(0, wired.call.drain(), "called though no call is wanted");
      wired.rig.driver.reclaim();
      ring.wantCalls(true);
      for (int i = 0; i < 100; i++) {
        wired.send();
        wired.drop();
        assertEquals(1, wired.call.drain(), "call " + i);
        assertEquals(1, wired.rig.driver.reclaim());
        ring.wantCalls(true);
      }
      RingCounters counters = wired.rig.pair.counters(true);
      assertEquals(101, counters.get(RingCounters.CALLS));
      assertEquals(1, counters.get(RingCounters.CALLS_SUPPRESSED));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aRingWithoutAKickIsPolled(long features) throws Exception {
    try (Wired wired = new Wired(features)) {
      assertFalse(wired.rig.pair.pollReady(true, true));
      wired.rig.pair.halted();
      assertTrue(wired.watches.stream().allMatch(watch -> watch.closed));
      wired.rig.pair.setKick(true, null);
      assertTrue(wired.rig.pair.pollReady(true, true));
      assertFalse(wired.rig.pair.pollReady(true, false));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aDisabledRingDropsWhatIsSentAndReceivesNothing(long features) throws Exception {
    try (Wired wired = new Wired(features)) {
      wired.rig.pair.setEnabled(false, false);
      wired.rig.driver.postReceive();
      wired.send();
      wired.send();
      assertEquals(0, wired.rig.post());
      assertEquals(0, wired.rig.peek().packetCount());
      assertEquals(2, wired.rig.driver.reclaim());
      assertEquals(2, wired.rig.dropped(true, Cause.RING_DISABLED));
      wired.rig.pair.setEnabled(true, true);
      assertEquals(SIZE, wired.rig.post());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void buffersThatHaveToWaitLetTheWorkerSleep(long features) throws Exception {
    try (Wired wired = new Wired(features | 1L << Features.MRG_RXBUF)) {
      GuestDriver driver = wired.rig.driver;
      driver.postReceive(1, RingRig.SLOT, ChainShape.WHOLE, false);
      driver.postReceive(10, 400, ChainShape.WHOLE, false);
      driver.receiveRing().publish();
      wired.rig.postAll();
      assertEquals(1, wired.rig.posted.size(), "small ones wait until the large one is back");
      assertFalse(wired.rig.pair.pollReady(true, true), "the worker would spin");
      wired.rig.receive(new byte[60], new RxMetadata().set(0, 60));
      wired.rig.postAll();
      assertEquals(2, wired.rig.posted.size(), "four small ones make a buffer");
      assertFalse(wired.rig.pair.pollReady(true, true));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void chainsThatFindNoRoomLetTheWorkerSleep(long features) throws Exception {
    // More pieces than the device keeps at a time.
    long indirect = features | 1L << Features.INDIRECT_DESC;
    try (RingRig rig = new RingRig(indirect, 64, RingRig.FRAME_SIZE, 4000);
        EventFd kick = EventFd.open()) {
      rig.pair.setKick(false, kick.descriptor());
      rig.driver.postReceive(64, 3900, ChainShape.PIECES, true);
      rig.driver.receiveRing().publish();
      rig.postAll();
      int first = rig.posted.size();
      assertTrue(first > 0 && first < 64, first + " were posted");
      assertFalse(rig.pair.pollReady(true, false), "the worker would spin");
      for (int i = 0; i < 100; i++) {
        rig.receive(new byte[60], new RxMetadata().set(0, 60));
        rig.postAll();
        assertEquals(Math.min(first, 64 - 1 - i), rig.posted.size());
        if (rig.posted.isEmpty()) {
          break;
        }
      }
    }
  }
}
