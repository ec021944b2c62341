package org.patchbay.vhostuser.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.MemoryFile;
import org.patchbay.linux.RawIo;
import org.patchbay.vhostuser.peer.Payloads;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/** What each request does to a device, and that nothing is left of it. */
class SessionTest {

  private int descriptorsBefore;
  private SessionFixture fixture;
  private RecordingDevice device;

  @BeforeEach
  void open() throws Exception {
    // The first use of anything native may open descriptors that stay.
    new SessionFixture().close();
    descriptorsBefore = SessionFixture.descriptors();
    fixture = new SessionFixture();
    device = fixture.device;
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    fixture.close();
    assertEquals(descriptorsBefore, SessionFixture.descriptors(), "descriptors");
    assertEquals(0, SessionFixture.mappings(), "mappings");
    assertEquals(List.of(), device.memory);
    for (VirtqueueLayout layout : device.layouts) {
      assertNull(layout);
    }
  }

  @Test
  void tellsWhatIsOffered() throws Exception {
    assertEquals(SessionFixture.OFFERED, fixture.ask(Request.GET_FEATURES, Payloads.none()));
    assertEquals(0x1a019L, fixture.ask(Request.GET_PROTOCOL_FEATURES, Payloads.none()));
    assertEquals(2, fixture.ask(Request.GET_QUEUE_NUM, Payloads.none()));
    assertEquals(64, fixture.ask(Request.GET_MAX_MEM_SLOTS, Payloads.none()));
    assertEquals(0, fixture.ask(Request.GET_STATUS, Payloads.none()));
    Reply configuration = fixture.handle(Request.GET_CONFIG, new byte[12 + 8]);
    assertEquals(0, Objects.requireNonNull(configuration).payload().length);
  }

  @Test
  void aRingStartsWithItsKickAndStopsWhenItsBaseIsAskedFor() throws Exception {
    fixture.handle(Request.SET_FEATURES, Payloads.number(1L << 32 | 1L << 30));
    fixture.share();
    fixture.describe(0, 256);
    assertFalse(device.isRunning(0));
    assertEquals(List.of(), device.log, "the engine is left alone until a ring starts");
    fixture.kick(0);
    VirtqueueLayout layout = Objects.requireNonNull(device.layouts[0]);
    assertEquals(256, layout.size());
    assertEquals(7, layout.base());
    assertEquals(0x5000, layout.driverArea() - layout.descriptorArea());
    assertEquals(0x6000, layout.deviceArea() - layout.descriptorArea());
    assertEquals(layout.descriptorArea(), device.memory.getFirst().memory().address());
    assertEquals(SessionFixture.GUEST_ADDRESS, device.memory.getFirst().guestAddress());
    assertFalse(device.enabled[0], "disabled until enabled");
    assertEquals(0, device.activePairs);
    fixture.handle(Request.SET_VRING_ENABLE, Payloads.vring(0, 1));
    assertTrue(device.enabled[0]);
    assertEquals(1, device.activePairs);

    device.bases[0] = 99;
    assertEquals(99, fixture.stop(0));
    assertFalse(device.isRunning(0));
    assertNull(device.kicks[0]);
    assertNull(device.calls[0]);
    assertEquals(0, device.activePairs);
    assertEquals(99, fixture.stop(0), "asked again, it is where it was");
    fixture.kick(0);
    assertEquals(99, Objects.requireNonNull(device.layouts[0]).base());
  }

  @Test
  void ringsAreEnabledFromTheStartWithoutProtocolFeatures() throws Exception {
    fixture.handle(Request.SET_FEATURES, Payloads.number(1L << 32));
    fixture.share();
    fixture.describe(0, 256);
    fixture.kick(0);
    assertTrue(device.enabled[0]);
  }

  @Test
  void whatWasEnabledBeforeThereWasARingIsSo() throws Exception {
    fixture.handle(Request.SET_VRING_ENABLE, Payloads.vring(1, 1));
    fixture.handle(Request.SET_FEATURES, Payloads.number(1L << 32 | 1L << 30));
    fixture.share();
    fixture.describe(1, 256);
    fixture.kick(1);
    assertTrue(device.enabled[1]);
  }

  @Test
  void aRingStartsWhateverTheOrderOfItsParts() throws Exception {
    fixture.share();
    fixture.kick(2);
    long at = SessionFixture.USER_ADDRESS;
    fixture.handle(Request.SET_VRING_ADDR, Payloads.addresses(2, at, at + 0x5000, at + 0x6000));
    assertFalse(device.isRunning(2));
    fixture.handle(Request.SET_VRING_NUM, Payloads.vring(2, 128));
    assertTrue(device.isRunning(2));
  }

  @Test
  void aRingWithoutAKickIsPolled() throws Exception {
    fixture.share();
    fixture.describe(0, 256);
    fixture.handle(Request.SET_VRING_KICK, Payloads.number(Payloads.NO_DESCRIPTOR));
    assertTrue(device.isRunning(0));
    assertNull(device.kicks[0]);
  }

  @Test
  void kicksAndCallsAreExchangedUnderARunningRing() throws Exception {
    fixture.start();
    Descriptor kick = device.kicks[0];
    Descriptor call = device.calls[0];
    EventFd newCall = fixture.event();
    fixture.kick(0);
    fixture.handle(
        Request.SET_VRING_CALL, Payloads.number(0), SessionFixture.pass(newCall.descriptor()));
    assertFalse(Objects.requireNonNull(kick).isOpen());
    assertFalse(Objects.requireNonNull(call).isOpen());
    assertTrue(Objects.requireNonNull(device.kicks[0]).isOpen());
    assertTrue(Objects.requireNonNull(device.calls[0]).isOpen());
    fixture.handle(Request.SET_VRING_CALL, Payloads.number(Payloads.NO_DESCRIPTOR));
    assertNull(device.calls[0]);
  }

  @Test
  void packedRingsHaveOtherAreas() throws Exception {
    fixture.handle(Request.SET_FEATURES, Payloads.number(SessionFixture.OFFERED));
    fixture.share();
    fixture.describe(0, 100);
    fixture.handle(Request.SET_VRING_BASE, Payloads.vring(0, 0x8005_8003));
    // The event areas are the last bytes of the memory.
    long end = SessionFixture.USER_ADDRESS + SessionFixture.MEMORY_SIZE;
    fixture.handle(
        Request.SET_VRING_ADDR,
        Payloads.addresses(0, SessionFixture.USER_ADDRESS, end - 8, end - 4));
    fixture.kick(0);
    assertEquals(0x8005_8003, Objects.requireNonNull(device.layouts[0]).base());
  }

  @Test
  void resetByStatusStopsRingsAndKeepsTheirBases() throws Exception {
    fixture.start();
    fixture.handle(Request.SET_STATUS, Payloads.number(0xf));
    assertEquals(0xf, fixture.ask(Request.GET_STATUS, Payloads.none()));
    device.bases[0] = 11;
    device.bases[1] = 12;
    fixture.handle(Request.SET_STATUS, Payloads.number(0));
    assertFalse(device.isRunning(0) || device.isRunning(1));
    assertEquals(11, fixture.stop(0));
    assertEquals(12, fixture.stop(1));
    fixture.start();
    assertEquals(7, Objects.requireNonNull(device.layouts[0]).base());
  }

  @Test
  void resetOfTheDeviceForgetsFeaturesAndBases() throws Exception {
    fixture.start();
    assertEquals(0, fixture.ask(Request.RESET_DEVICE, Payloads.none()));
    assertFalse(device.isRunning(0) || device.isRunning(1));
    assertEquals(0, fixture.stop(0));
    assertEquals(0, fixture.session.report().features());
    fixture.start();
    assertTrue(device.isRunning(0));
  }

  @Test
  void resetOfTheOwnerDisablesAllRings() throws Exception {
    fixture.start();
    fixture.handle(Request.RESET_OWNER, Payloads.none());
    assertTrue(device.isRunning(0) && device.isRunning(1));
    assertFalse(device.enabled[0] || device.enabled[1]);
    assertEquals(0, device.activePairs);
  }

  @Test
  void moreMemoryComesAndGoesUnderRunningRings() throws Exception {
    fixture.start();
    VirtqueueLayout before = Objects.requireNonNull(device.layouts[0]);
    device.bases[0] = 40;
    device.bases[1] = 41;
    device.log.clear();
    try (MemoryFile more = MemoryFile.create("session-test-more", 1 << 16)) {
      RegionDescription second = SessionFixture.region(1L << 40, 1 << 16, 0);
      RegionDescription moved =
          new RegionDescription(second.guestAddress(), second.size(), 0x1000, 0);
      assertEquals(
          0,
          fixture.ask(
              Request.SET_MEM_TABLE,
              Payloads.table(List.of(SessionFixture.whole(), moved)),
              SessionFixture.pass(fixture.memory.descriptor()),
              SessionFixture.pass(more.descriptor())));
      assertEquals(List.of("NOTHING", "more memory, 2"), device.log, "rings go on");
      assertEquals(1, SessionFixture.mappings() - 1);

      device.log.clear();
      assertEquals(0, fixture.ask(Request.REM_MEM_REG, Payloads.region(moved)));
      assertEquals(
          List.of("BUFFERS", "take back 0", "stop 0", "stop 1", "memory 1", "start 0", "start 1"),
          device.log);
      VirtqueueLayout after = Objects.requireNonNull(device.layouts[0]);
      assertEquals(40, after.base(), "it goes on where it was");
      assertEquals(before.descriptorArea(), after.descriptorArea(), "what stays is not moved");
      assertEquals(1, device.memory.size());
      assertEquals(
          0,
          fixture.ask(
              Request.ADD_MEM_REG, Payloads.region(moved), SessionFixture.pass(more.descriptor())));
      device.log.clear();
      assertEquals(
          0,
          fixture.ask(
              Request.ADD_MEM_REG, Payloads.region(moved), SessionFixture.pass(more.descriptor())),
          "QEMU sends each region once for each queue pair");
      assertEquals(List.of(), device.log);
      assertEquals(2, device.memory.size());
    }
  }

  @Test
  void memoryThatARunningRingNeedsIsNotTakenAway() throws Exception {
    fixture.start();
    assertThrows(
        ProtocolViolation.class,
        () -> fixture.ask(Request.REM_MEM_REG, Payloads.region(SessionFixture.whole())));
    assertTrue(device.isRunning(0));
    assertEquals(1, device.memory.size());
  }

  @Test
  void unmapsOnlyWhatNoWorkerCanTouch() throws Exception {
    fixture.start();
    long address = device.memory.getFirst().memory().address();
    device.holdsUnused = true;
    assertEquals(2, SessionFixture.files(), "the test's own and the session's");
    fixture.session.end();
    assertEquals(0, SessionFixture.mappings(), "the guest's memory is let go at once");
    assertEquals(1, SessionFixture.files(), "and its file, without which it is not freed");
    assertTrue(fixture.session.isMemoryIntact(), "nobody took anything away");
    assertTrue(SessionFixture.isMapped(address), "its addresses stay");
    device.unused.forEach(Runnable::run);
    assertFalse(SessionFixture.isMapped(address));
  }

  @Test
  void whatTheEngineDidNotDoIsTriedAgain() throws Exception {
    fixture.start();
    device.failsNext = true;
    assertThrows(EndpointException.class, fixture.session::end);
    assertTrue(device.isRunning(0));
    assertEquals(1, SessionFixture.mappings(), "rings that run need their memory");
    fixture.session.end();
    assertFalse(device.isRunning(0));
  }

  @Test
  void memoryThatCouldNotBeExchangedStays() throws Exception {
    fixture.start();
    device.failsNext = true;
    try (MemoryFile more = MemoryFile.create("session-test-more", 1 << 16)) {
      RegionDescription second = SessionFixture.region(1L << 40, 1 << 16, 0);
      assertThrows(
          EndpointException.class,
          () ->
              fixture.ask(
                  Request.ADD_MEM_REG,
                  Payloads.region(second),
                  SessionFixture.pass(more.descriptor())));
    }
    assertEquals(1, device.memory.size());
    assertTrue(device.isRunning(0));
  }

  @Test
  void memoryThatFaultsInTheMiddleOfAChangeStaysUntilTheDeviceHasNoneOfIt() throws Exception {
    fixture.start();
    try (MemoryFile other = MemoryFile.create("session-test-other", SessionFixture.MEMORY_SIZE)) {
      device.faultyRing = 1;
      assertThrows(
          InternalError.class,
          () ->
              fixture.ask(
                  Request.SET_MEM_TABLE,
                  Payloads.table(List.of(SessionFixture.whole())),
                  SessionFixture.pass(other.descriptor())));
    }
    assertTrue(device.isRunning(0), "the change came so far");
    assertEquals(2, SessionFixture.mappings());
    fixture.session.end();
    assertEquals(0, SessionFixture.mappings());
  }

  @Test
  void memoryOfARingThatCouldNotStartStaysUntilTheDeviceHasNoneOfIt() throws Exception {
    fixture.share();
    fixture.describe(0, 256);
    device.faultyRing = 0;
    assertThrows(InternalError.class, () -> fixture.kick(0));
    assertEquals(1, device.memory.size());
    assertEquals(1, SessionFixture.mappings());
    device.log.clear();
    fixture.session.end();
    assertTrue(device.log.contains("memory 0"), device.log.toString());
  }

  @Test
  void memoryThatIsBeingInstalledIsLookedAt() throws Exception {
    fixture.start();
    List<Boolean> intact = new ArrayList<>();
    try (MemoryFile more = MemoryFile.create("session-test-more", 1 << 16)) {
      device.beforeChange =
          () -> {
            intact.add(fixture.session.isMemoryIntact());
            truncate(more);
            intact.add(fixture.session.isMemoryIntact());
          };
      fixture.ask(
          Request.ADD_MEM_REG,
          Payloads.region(SessionFixture.region(1L << 40, 1 << 16, 0)),
          SessionFixture.pass(more.descriptor()));
      device.beforeChange = () -> {};
    }
    assertEquals(List.of(true, false), intact);
  }

  private static void truncate(MemoryFile memory) {
    try (RandomAccessFile file =
        new RandomAccessFile("/proc/self/fd/" + memory.descriptor().value(), "rw")) {
      file.setLength(4096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shrunkMemoryIsNoticed() throws Exception {
    fixture.start();
    assertTrue(fixture.session.isMemoryIntact());
    truncate(fixture.memory);
    assertFalse(fixture.session.isMemoryIntact());
  }

  @Test
  @Timeout(30)
  void whoeverIsStuckInAnEventOfTheFrontEndIsReleased() throws Exception {
    fixture.start();
    Descriptor call = Objects.requireNonNull(device.calls[0]);
    fill(call);
    Thread writer = Thread.ofPlatform().start(() -> EventFd.signal(call.value()));
    while (writer.isAlive()) {
      fixture.session.release();
      Thread.yield();
    }
    fixture.session.release();
  }

  /** Does what the front-end can, as it shares the open file: fills a counter that then blocks. */
  private static void fill(Descriptor event) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment full = arena.allocateFrom(ValueLayout.JAVA_LONG, -2L);
      assertEquals(8, new RawIo().write(event.value(), full.address(), 8));
    }
    event.setBlocking(true);
  }

  @Test
  @Timeout(30)
  void anErrorThatIsFullAndBlocksHoldsNobody() throws Exception {
    fixture.start();
    EventFd error = fixture.event();
    fixture.handle(
        Request.SET_VRING_ERR, Payloads.number(1), SessionFixture.pass(error.descriptor()));
    fill(error.descriptor());
    fixture.session.signalError(1, "test-error");
    assertEquals(1, error.drain());
  }

  @Test
  void anErrorIsSignalledWhereTheFrontEndWantsIt() throws Exception {
    fixture.start();
    EventFd error = fixture.event();
    fixture.handle(
        Request.SET_VRING_ERR, Payloads.number(1), SessionFixture.pass(error.descriptor()));
    fixture.session.signalError(0, "test-error");
    fixture.session.signalError(-1, "test-error");
    fixture.session.signalError(1000, "test-error");
    assertEquals(0, error.drain());
    fixture.session.signalError(1, "test-error");
    assertEquals(1, error.drain());
  }

  @Test
  void largestPacketIsAcceptedUpToTheConfiguredOne() throws Exception {
    assertEquals(0, fixture.ask(Request.NET_SET_MTU, Payloads.number(1500)));
    assertEquals(0, fixture.ask(Request.NET_SET_MTU, Payloads.number(68)));
    assertEquals(1, fixture.ask(Request.NET_SET_MTU, Payloads.number(1501)));
    assertEquals(1, fixture.ask(Request.NET_SET_MTU, Payloads.number(67)));
  }

  @Test
  void channelForRequestsOfTheBackEndIsTakenAndClosed() throws Exception {
    assertEquals(
        0,
        fixture.ask(
            Request.SET_BACKEND_REQ_FD,
            Payloads.none(),
            SessionFixture.pass(fixture.event().descriptor())));
  }

  @Test
  void unknownRequestsAreCountedAndRefusedWhereAReplyIsAsked() throws Exception {
    assertNull(
        fixture.handle(
            4711, Message.VERSION, new byte[9], SessionFixture.pass(fixture.event().descriptor())));
    Reply reply = fixture.handle(41, Message.VERSION | Message.NEED_REPLY, Payloads.none());
    assertArrayEquals(Payloads.number(1), Objects.requireNonNull(reply).payload());
    assertNotNull(fixture.handle(-1, Message.VERSION | Message.NEED_REPLY, Payloads.none()));
    assertEquals(3, fixture.counters.unknown());
  }

  @Test
  void theReportFollows() throws Exception {
    fixture.start();
    SessionReport report = fixture.session.report();
    assertEquals(
        List.of("MRG_RXBUF", "EVENT_IDX", "PROTOCOL_FEATURES", "VERSION_1"),
        VirtioFeature.names(report.features()));
    assertEquals(1, report.memoryRegions());
    assertEquals(SessionFixture.MEMORY_SIZE, report.memoryBytes());
    assertEquals(1, report.activePairs());
  }
}
