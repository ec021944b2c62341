package org.patchbay.vhostuser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.Mapping;
import org.patchbay.loopback.LoopbackEndpoint;
import org.patchbay.vhostuser.peer.Guest;
import org.patchbay.vhostuser.peer.Payloads;
import org.patchbay.vhostuser.protocol.RegionDescription;
import org.patchbay.vhostuser.protocol.Request;

/** A guest whose memory or rings change while a backend's native call waits to write to it. */
@Timeout(120)
class StuckGuestTest {

  private static final int PAGE = 4096;

  @TempDir Path folder = Path.of("");
  private @Nullable NicFixture opened;
  private @Nullable StickingEndpoint sticking;

  @BeforeEach
  void open() throws Exception {
    opened = new NicFixture(folder);
    sticking = new StickingEndpoint();
  }

  @AfterEach
  void close() throws Exception {
    sticking().release();
    fixture().close();
    if (sticking().entered) {
      NicFixture.await("the late call met an error", () -> sticking().late != null);
      assertInstanceOf(IllegalStateException.class, sticking().late);
    }
    NicFixture.await("nothing of a guest is mapped", () -> NicFixture.mappings() == 0);
    sticking().close();
  }

  private NicFixture fixture() {
    return Objects.requireNonNull(opened);
  }

  private StickingEndpoint sticking() {
    return Objects.requireNonNull(sticking);
  }

  private static NicStatistics statistics(VhostUserNic nic) {
    return nic.engine().nic().statistics();
  }

  private VhostUserNic nic() throws Exception {
    return fixture().open("vm0", sticking(), Map.of());
  }

  private Guest connect() throws Exception {
    return Guest.connect(fixture().socket("vm0"), 1, 64);
  }

  /** Has the backend of a guest stick; a loopback is plugged in its place. */
  private void stick(VhostUserNic nic, Guest guest) throws Exception {
    guest.start(Guest.USUAL_FEATURES);
    assertEquals(100, guest.echo(0, 100, 60, false));
    sticking().stick();
    assertTrue(guest.trySend(0, Guest.frame(0, 60)));
    NicFixture.await("a native call waits", () -> sticking().entered);
    NicFixture.await("buffers are set aside", () -> statistics(nic).rxSetAside() > 0);
    NicFixture.await("the fallback drops the frame", () -> statistics(nic).txDropped() > 0);
    assertEquals(0, statistics(nic).rxPosted());
    assertEquals(0, statistics(nic).idsOutstanding());
    String thread = NicFixture.inspected(nic, "stuck-thread");
    assertTrue(thread.contains("in txAvail of endpoint test"), thread);
    nic.engine().control().connect("next", new LoopbackEndpoint()).toCompletableFuture().get();
  }

  private void assertAllIsWell(VhostUserNic nic) {
    NicFixture.await("nothing is set aside", () -> statistics(nic).rxSetAside() == 0);
    assertEquals(0, statistics(nic).idsOutstanding());
    assertEquals(0, statistics(nic).refusedIds());
  }

  /** The bytes that the native call will write to, as the guest sees them. */
  private byte[] target(Guest guest) throws Exception {
    try (Mapping mapping = guest.memory().map()) {
      return mapping
          .segment()
          .asSlice(sticking().address - Guest.GUEST_ADDRESS, 8)
          .toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private void assertALateReturnLeavesAlone(Guest guest) throws Exception {
    byte[] before = target(guest);
    sticking().release();
    NicFixture.await("the late call met an error", () -> sticking().late != null);
    assertArrayEquals(before, target(guest));
  }

  @Test
  void buffersComeBackAfterTheCall() throws Exception {
    VhostUserNic nic = nic();
    try (Guest guest = connect()) {
      stick(nic, guest);
      int aside = statistics(nic).rxSetAside();
      assertEquals(64, aside);
      sticking().release();
      NicFixture.await("they are posted", () -> statistics(nic).rxPosted() == aside);
      assertEquals(200, guest.echo(0, 200, 60, false));
      assertAllIsWell(nic);
    }
  }

  @Test
  void memoryThatIsExchangedIsOutOfReachOfTheCall() throws Exception {
    VhostUserNic nic = nic();
    try (Guest guest = connect()) {
      stick(nic, guest);
      long split = guest.memory().length() - PAGE;
      int file = guest.memory().descriptor().value();
      guest.must(
          Request.SET_MEM_TABLE,
          Payloads.table(
              List.of(
                  new RegionDescription(Guest.GUEST_ADDRESS, split, Guest.USER_ADDRESS, 0),
                  new RegionDescription(
                      Guest.GUEST_ADDRESS + split, PAGE, Guest.USER_ADDRESS + split, split))),
          file,
          file);
      assertEquals(200, guest.echo(0, 200, 60, false));
      assertEquals(3, NicFixture.mappings(), "the guest's own and two regions");
      assertAllIsWell(nic);
      assertALateReturnLeavesAlone(guest);
      assertEquals(200, guest.echo(0, 200, 60, false));
      assertAllIsWell(nic);
    }
  }

  @Test
  void ringsThatStopAndGoOnInTheSameMemoryWaitForTheCall() throws Exception {
    VhostUserNic nic = nic();
    try (Guest guest = connect()) {
      stick(nic, guest);
      int receive = guest.stop(0);
      int transmit = guest.stop(1);
      assertEquals(0, statistics(nic).rxSetAside(), "the guest has them");
      guest.resume(0, receive);
      guest.resume(1, transmit);
      TimeUnit.MILLISECONDS.sleep(200);
      assertEquals(0, statistics(nic).rxPosted());
      sticking().release();
      assertEquals(200, guest.echo(0, 200, 60, false));
      assertAllIsWell(nic);
    }
  }

  @Test
  void aConnectionEndsAndTheNextGuestIsServedMeanwhile() throws Exception {
    VhostUserNic nic = nic();
    try (Guest guest = connect()) {
      stick(nic, guest);
    }
    NicFixture.awaitInspected(nic, "connection", "waiting");
    assertEquals(0, NicFixture.mappings(), "the guest that has gone is let go");
    try (Guest guest = connect()) {
      guest.start(Guest.USUAL_FEATURES);
      assertEquals(200, guest.echo(0, 200, 60, false));
      assertTrue(NicFixture.inspect(nic).contains("stuck-thread"));
      sticking().release();
      NicFixture.await(
          "the thread has ended", () -> !NicFixture.inspect(nic).contains("stuck-thread"));
      assertEquals(200, guest.echo(0, 200, 60, false));
    }
    assertAllIsWell(nic);
  }

  @Test
  void eventfdsThatAGuestReplacesAreClosedMeanwhile() throws Exception {
    VhostUserNic nic = nic();
    try (Guest guest = connect();
        EventFd other = EventFd.open()) {
      stick(nic, guest);
      int before = descriptors();
      for (int i = 0; i < 1000; i++) {
        int ring = i & 1;
        Request request = i % 4 < 2 ? Request.SET_VRING_CALL : Request.SET_VRING_KICK;
        guest.must(request, Payloads.number(ring), other.descriptor().value());
      }
      int after = descriptors();
      assertTrue(after < before + 20, before + " descriptors became " + after);
      assertTrue(NicFixture.inspect(nic).contains("stuck-thread"));
    }
  }

  private static int descriptors() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  @Test
  void aNicClosesMeanwhile() throws Exception {
    VhostUserNic nic = nic();
    try (Guest guest = connect()) {
      stick(nic, guest);
      nic.close();
      assertEquals(1, NicFixture.mappings(), "the guest's own");
      assertALateReturnLeavesAlone(guest);
    }
  }
}
