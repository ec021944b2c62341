package org.patchbay.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.linux.UnixSocket;
import org.patchbay.loopback.LoopbackEndpoint;
import org.patchbay.nullendpoint.NullEndpoint;
import org.patchbay.vhostuser.peer.Guest;
import org.patchbay.vhostuser.protocol.VirtioFeature;

/** A NIC with its engine and a guest of our own. */
@Timeout(120)
class VhostUserNicTest {

  @TempDir Path folder = Path.of("");
  private @Nullable NicFixture opened;

  @BeforeEach
  void open() throws Exception {
    opened = new NicFixture(folder);
  }

  @AfterEach
  void close() throws Exception {
    fixture().close();
  }

  private NicFixture fixture() {
    return Objects.requireNonNull(opened);
  }

  private VhostUserNic loopback(Map<String, ?> values) throws Exception {
    return fixture().open("vm0", new LoopbackEndpoint(), values);
  }

  private Guest connect(int pairs, int size) throws Exception {
    return Guest.connect(fixture().socket("vm0"), pairs, size);
  }

  private static void assertNoIdIsMissing(VhostUserNic nic) {
    NicStatistics statistics = nic.engine().nic().statistics();
    assertEquals(0, statistics.idsOutstanding());
    assertEquals(0, statistics.refusedIds());
  }

  @ParameterizedTest
  @CsvSource({
    "256, VERSION_1",
    "256, VERSION_1 MRG_RXBUF EVENT_IDX INDIRECT_DESC",
    "256, VERSION_1 MRG_RXBUF IN_ORDER",
    "64, VERSION_1 RING_PACKED",
    "100, VERSION_1 RING_PACKED MRG_RXBUF EVENT_IDX INDIRECT_DESC",
    "1024, VERSION_1 RING_PACKED IN_ORDER MRG_RXBUF",
    "256, CSUM",
  })
  void framesOfAnyGuestComeBack(int ringSize, String features) throws Exception {
    VhostUserNic nic = loopback(Map.of());
    long wanted = VirtioFeature.PROTOCOL_FEATURES.mask();
    for (String name : features.split(" ", -1)) {
      wanted |= VirtioFeature.valueOf(name).mask();
    }
    try (Guest guest = connect(1, ringSize)) {
      guest.start(wanted);
      assertEquals(wanted, guest.features());
      assertEquals(2000, guest.echo(0, 2000, 60, false));
      assertEquals(500, guest.echo(0, 500, 1514, false));
      assertEquals("connected", NicFixture.inspected(nic, "connection"));
      assertEquals(
          String.join(", ", VirtioFeature.names(wanted)), NicFixture.inspected(nic, "features"));
      assertEquals(
          Long.toString(ProcessHandle.current().pid()), NicFixture.inspected(nic, "peer-pid"));
    }
    NicFixture.awaitInspected(nic, "connection", "waiting");
    assertEquals(2500, nic.engine().nic().statistics().rxPackets());
    assertNoIdIsMissing(nic);
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "2, 1", "4, 2"})
  void severalPairsAreServedByOneOrMoreWorkers(int pairs, int workers) throws Exception {
    VhostUserNic nic = loopback(Map.of("queue-pairs", pairs, "workers", workers));
    try (Guest guest = connect(pairs, 256)) {
      guest.start(Guest.USUAL_FEATURES | VirtioFeature.MQ.mask());
      NicFixture.awaitInspected(nic, "active-pairs", Integer.toString(pairs));
      long before = nic.engine().nic().statistics().txPackets();
      for (int pair = 0; pair < pairs; pair++) {
        for (int i = 0; i < 1000; i++) {
          while (!guest.trySend(pair, Guest.frame(i, 60))) {
            Thread.yield();
          }
          for (int any = 0; any < pairs; any++) {
            guest.receive(any);
          }
        }
      }
      NicFixture.await(
          "all frames are sent",
          () -> {
            // The loopback takes no frame for which the guest has no buffer.
            for (int pair = 0; pair < pairs; pair++) {
              guest.receive(pair);
            }
            return nic.engine().nic().statistics().txPackets() == before + pairs * 1000L;
          });
    }
    NicFixture.awaitInspected(nic, "connection", "waiting");
    assertNoIdIsMissing(nic);
  }

  @Test
  void aSwapSendsTheGuestNothingAndItsFramesGoOn() throws Exception {
    VhostUserNic nic = loopback(Map.of());
    try (Guest guest = connect(1, 256)) {
      guest.start(Guest.USUAL_FEATURES);
      assertEquals(1000, guest.echo(0, 1000, 60, false));
      for (int i = 0; i < 5; i++) {
        nic.engine().control().connect("null", new NullEndpoint()).toCompletableFuture().get();
        assertEquals(0, guest.echo(0, 300, 60, true));
        nic.engine().control().connect("again", new LoopbackEndpoint()).toCompletableFuture().get();
        assertEquals(300, guest.echo(0, 300, 60, false));
      }
      assertEquals("1", NicFixture.inspected(nic, "connections"));
    }
    NicFixture.awaitInspected(nic, "connection", "waiting");
    assertNoIdIsMissing(nic);
  }

  @Test
  void ringsStopAndGoOnWhereTheyWere() throws Exception {
    VhostUserNic nic = loopback(Map.of());
    try (Guest guest = connect(1, 256)) {
      for (long packed : new long[] {0, VirtioFeature.RING_PACKED.mask()}) {
        guest.negotiate(Guest.USUAL_FEATURES | packed);
        guest.share();
        guest.startPairs();
        for (int i = 0; i < 10; i++) {
          assertEquals(333, guest.echo(0, 333, 60, false));
          int receive = guest.stop(0);
          int transmit = guest.stop(1);
          guest.resume(0, receive);
          guest.resume(1, transmit);
        }
        guest.stop(0);
        guest.stop(1);
      }
    }
    NicFixture.awaitInspected(nic, "connection", "waiting");
    assertNoIdIsMissing(nic);
  }

  @Test
  void aLinkThatGoesDownClosesTheConnectionAndTheSocket() throws Exception {
    VhostUserNic nic = loopback(Map.of());
    try (Guest guest = connect(1, 256)) {
      guest.start(Guest.USUAL_FEATURES);
      assertEquals(100, guest.echo(0, 100, 60, false));
      nic.engine().nic().setLink(false);
      guest.frontEnd().awaitClosed();
    }
    NicFixture.await("the socket is gone", () -> !Files.exists(fixture().socket("vm0")));
    assertEquals("link down", NicFixture.inspected(nic, "connection"));
    nic.engine().nic().setLink(true);
    NicFixture.await("the socket is back", () -> Files.exists(fixture().socket("vm0")));
    try (Guest guest = connect(1, 256)) {
      guest.start(Guest.USUAL_FEATURES);
      assertEquals(100, guest.echo(0, 100, 60, false));
    }
  }

  @Test
  void connectsToAGuestThatListensAndAgainAfterItCameBack() throws Exception {
    Path path = fixture().socket("vm0");
    VhostUserNic nic = loopback(Map.of("mode", "connect"));
    for (int i = 0; i < 3; i++) {
      try (UnixSocket server = UnixSocket.listen(path.toString(), 1);
          Guest guest = Guest.over(server.accept(), 1, 256)) {
        guest.start(Guest.USUAL_FEATURES);
        assertEquals(100, guest.echo(0, 100, 60, false));
      }
      Files.delete(path);
      NicFixture.awaitInspected(nic, "connection", "waiting");
    }
  }

  @Test
  void offersTheSameAtEachConnection() throws Exception {
    loopback(Map.of("withhold", "MRG_RXBUF"));
    long first;
    try (Guest guest = connect(1, 256)) {
      guest.negotiate(-1);
      first = guest.features();
    }
    try (Guest guest = connect(1, 256)) {
      guest.negotiate(-1);
      assertEquals(first, guest.features());
    }
    assertFalse(VirtioFeature.MRG_RXBUF.isIn(first));
  }

  @Test
  void closingEndsEverything() throws Exception {
    // What the first NIC of a JVM opens and leaves open is none of these.
    loopback(Map.of()).close();
    int descriptors = NicFixture.descriptors();
    long threads = NicFixture.threads();
    VhostUserNic nic = loopback(Map.of());
    try (Guest guest = connect(1, 256)) {
      guest.start(Guest.USUAL_FEATURES);
      assertEquals(100, guest.echo(0, 100, 60, false));
      nic.close();
      guest.frontEnd().awaitClosed();
      assertEquals(1, NicFixture.mappings(), "the guest's own");
    }
    assertFalse(Files.exists(fixture().socket("vm0")));
    assertEquals(descriptors, NicFixture.descriptors());
    NicFixture.await("its threads have ended", () -> NicFixture.threads() == threads);
    nic.close();
  }

  @Test
  void aPathThatIsInUseIsRefusedAndNothingIsLeft() throws Exception {
    loopback(Map.of());
    long threads = NicFixture.threads();
    int descriptors = NicFixture.descriptors();
    org.patchbay.api.EndpointException refused =
        org.junit.jupiter.api.Assertions.assertThrows(
            org.patchbay.api.EndpointException.class,
            () -> fixture().open("vm1", new LoopbackEndpoint(), Map.of("socket", "vm0.sock")));
    assertTrue(refused.getMessage().contains("is in use by process"), refused.getMessage());
    NicFixture.await("threads are as before", () -> NicFixture.threads() <= threads);
    NicFixture.await(
        "the peer that looked has gone", () -> NicFixture.descriptors() == descriptors);
    assertEquals(List.of(), fixture().log.stream().filter(l -> l.startsWith("warn")).toList());
  }
}
