package org.patchbay.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.patchbay.linux.Errno;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.MemoryFile;
import org.patchbay.loopback.LoopbackEndpoint;
import org.patchbay.vhostuser.peer.FrontEnd;
import org.patchbay.vhostuser.peer.Guest;
import org.patchbay.vhostuser.peer.Payloads;
import org.patchbay.vhostuser.protocol.Message;
import org.patchbay.vhostuser.protocol.RegionDescription;
import org.patchbay.vhostuser.protocol.Request;

/**
 * Peers that misbehave, on one NIC, while a guest on another one exchanges frames without a loss:
 * each loses its connection, the next one is served, and nothing is left.
 */
@Timeout(180)
class HostilePeerTest {

  @TempDir Path folder = Path.of("");
  private @Nullable NicFixture opened;
  private @Nullable VhostUserNic attacked;
  private @Nullable VhostUserNic other;
  private @Nullable Guest bystander;
  private final AtomicBoolean ending = new AtomicBoolean();
  private CompletableFuture<Long> traffic = new CompletableFuture<>();
  private int descriptors;
  private long mappings;
  private long threads;

  /** What a peer does; it may be disconnected at any point of it. */
  @FunctionalInterface
  interface Attack {
    void run(FrontEnd peer) throws IOException;
  }

  /** What a guest does that was well-behaved so far. */
  @FunctionalInterface
  interface GuestAttack {
    void run(Guest guest) throws IOException;
  }

  @BeforeEach
  void open() throws Exception {
    NicFixture fixture = new NicFixture(folder);
    opened = fixture;
    attacked = fixture.open("vm0", new LoopbackEndpoint(), Map.of("queue-pairs", 2));
    VhostUserNic quiet = fixture.open("vm1", new LoopbackEndpoint(), Map.of());
    other = quiet;
    serveWell();
    Guest guest = Guest.connect(fixture.socket("vm1"), 1, 256);
    bystander = guest;
    guest.start(Guest.USUAL_FEATURES);
    Thread.ofPlatform().daemon().name("bystander").start(() -> exchange(guest));
    settle();
    descriptors = NicFixture.descriptors();
    mappings = NicFixture.mappings();
    threads = NicFixture.threads();
  }

  private void exchange(Guest guest) {
    try {
      long frames = 0;
      while (!ending.get()) {
        frames += guest.echo(0, 64, 60, false);
      }
      traffic.complete(frames);
    } catch (Throwable e) {
      traffic.completeExceptionally(e);
    }
  }

  @AfterEach
  void close() throws Exception {
    try {
      settle();
      NicFixture.await("descriptors are as before", () -> NicFixture.descriptors() == descriptors);
      NicFixture.await("mappings are as before", () -> NicFixture.mappings() == mappings);
      NicFixture.await("threads are as before", () -> NicFixture.threads() <= threads);
      serveWell();
      assertEquals(0, nic().engine().nic().statistics().idsOutstanding());
      ending.set(true);
      assertNotEquals(0, traffic.get(30, TimeUnit.SECONDS), "frames of the bystander");
      VhostUserNic quiet = Objects.requireNonNull(other);
      assertEquals("1", NicFixture.inspected(quiet, "connections"));
      assertEquals("none", NicFixture.inspected(quiet, "last-error"));
    } finally {
      ending.set(true);
      traffic.handle((frames, failure) -> 0).get(30, TimeUnit.SECONDS);
      Objects.requireNonNull(bystander).close();
      fixture().close();
    }
  }

  private NicFixture fixture() {
    return Objects.requireNonNull(opened);
  }

  private VhostUserNic nic() {
    return Objects.requireNonNull(attacked);
  }

  private Path socket() {
    return fixture().socket("vm0");
  }

  private void settle() {
    NicFixture.awaitInspected(nic(), "connection", "waiting");
  }

  /** The attacked NIC serves a guest that behaves. */
  private void serveWell() throws IOException {
    try (Guest guest = Guest.connect(socket(), 1, 256)) {
      guest.start(Guest.USUAL_FEATURES);
      assertEquals(200, guest.echo(0, 200, 60, false));
    }
    settle();
  }

  private long refusals() {
    return Long.parseLong(NicFixture.inspected(nic(), "refusals"));
  }

  static Stream<Named<Attack>> attacks() {
    return Stream.of(
        Named.of("a byte that is no message", peer -> peer.sendBytes(new byte[] {1})),
        Named.of(
            "a header without its payload",
            peer -> peer.sendBytes(new byte[] {2, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1})),
        Named.of(
            "a payload of 4 GiB",
            peer -> peer.sendBytes(new byte[] {1, 0, 0, 0, 1, 0, 0, 0, -1, -1, -1, -1})),
        Named.of(
            "a payload just too long",
            peer ->
                peer.send(
                    Request.SET_MEM_TABLE.code(),
                    Message.VERSION,
                    new byte[Message.MOST_PAYLOAD],
                    0)),
        Named.of("a version from the future", peer -> peer.send(1, 2, Payloads.none())),
        Named.of("a reply", peer -> peer.send(1, Message.VERSION | Message.REPLY, new byte[0])),
        Named.of(
            "features that are not offered",
            peer -> peer.tell(Request.SET_FEATURES, Payloads.number(-1))),
        Named.of(
            "a kick without its descriptor",
            peer -> peer.tell(Request.SET_VRING_KICK, Payloads.number(0))),
        Named.of(
            "a ring that is not there",
            peer -> peer.tell(Request.SET_VRING_NUM, Payloads.vring(4, 256))),
        Named.of(
            "descriptors with every byte",
            peer -> {
              for (int i = 0; i < 12; i++) {
                peer.sendBytes(new byte[] {0}, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2);
              }
            }),
        Named.of(
            "more descriptors than any message has",
            peer -> {
              int[] many = new int[64];
              peer.send(Request.SET_MEM_TABLE.code(), Message.VERSION, new byte[40], many);
            }),
        Named.of(
            "more descriptors than a receive can take",
            peer -> {
              int[] many = new int[64];
              peer.sendBytes(new byte[4], many);
              peer.sendBytes(new byte[4], many);
            }),
        Named.of(
            "memory that can't be mapped",
            peer -> {
              try (EventFd event = EventFd.open()) {
                RegionDescription region = new RegionDescription(0, 4096, 0, 0);
                assertEquals(
                    1,
                    peer.order(
                        Request.SET_MEM_TABLE,
                        Payloads.table(List.of(region)),
                        event.descriptor().value()));
              }
            }),
        Named.of(
            "regions that overlap",
            peer -> {
              try (MemoryFile memory = MemoryFile.create("hostile", 1 << 20)) {
                RegionDescription region = new RegionDescription(0, 1 << 20, 0, 0);
                RegionDescription overlapping = new RegionDescription(4096, 4096, 1L << 40, 0);
                int file = memory.descriptor().value();
                assertEquals(
                    1,
                    peer.order(
                        Request.SET_MEM_TABLE,
                        Payloads.table(List.of(region, overlapping)),
                        file,
                        file));
              }
            }),
        Named.of(
            "a region of a whole address space",
            peer -> {
              try (MemoryFile memory = MemoryFile.create("hostile", 1L << 62)) {
                RegionDescription region = new RegionDescription(0, 1L << 61, 0, 0);
                assertEquals(
                    1,
                    peer.order(
                        Request.ADD_MEM_REG, Payloads.region(region), memory.descriptor().value()));
              }
            }));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void losesItsConnection(Attack attack) throws Exception {
    long before = refusals();
    try (FrontEnd peer = FrontEnd.connect(socket())) {
      run(attack, peer);
      peer.socket().shutdownSending();
      peer.awaitClosed();
    }
    settle();
    assertEquals(before + 1, refusals());
    assertNotEquals("none", NicFixture.inspected(nic(), "last-error"));
    assertTrue(
        fixture().log.stream().anyMatch(line -> line.contains("NIC vm0 ends its connection: ")),
        fixture().log::toString);
  }

  private static void run(Attack attack, FrontEnd peer) throws Exception {
    try {
      attack.run(peer);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EPIPE) {
        throw e;
      }
      // It was disconnected before it had sent everything, which is right, too.
    }
  }

  static Stream<Named<GuestAttack>> guestAttacks() {
    return Stream.of(
        Named.of(
            "an available index past the ring",
            guest -> {
              guest.write(guest.driver(0).transmitRing().driverAddress() + 2, 5000);
              guest.kick(1);
            }),
        Named.of(
            "memory taken away under a running ring",
            guest -> guest.frontEnd().order(Request.REM_MEM_REG, Payloads.region(guest.region()))),
        Named.of(
            "another size for a running ring",
            guest -> guest.frontEnd().tell(Request.SET_VRING_NUM, Payloads.vring(1, 64))));
  }

  @ParameterizedTest
  @MethodSource("guestAttacks")
  void aGuestLosesItsConnection(GuestAttack attack) throws Exception {
    long before = refusals();
    try (Guest guest = Guest.connect(socket(), 1, 256)) {
      guest.start(Guest.USUAL_FEATURES);
      guest.echo(0, 100, 60, false);
      attack.run(guest);
      guest.frontEnd().awaitClosed();
    }
    settle();
    assertEquals(before + 1, refusals());
  }

  @Test
  void aGuestThatShrinksItsMemoryUnderTrafficLosesItsConnection() throws Exception {
    for (int i = 0; i < 5; i++) {
      try (Guest guest = Guest.connect(socket(), 1, 256)) {
        guest.start(Guest.USUAL_FEATURES);
        guest.echo(0, 100, 60, false);
        // Frames are on their way while the memory goes.
        for (int n = 0; n < 200; n++) {
          guest.trySend(0, Guest.frame(n, 60));
        }
        try (RandomAccessFile file =
            new RandomAccessFile("/proc/self/fd/" + guest.memory().descriptor().value(), "rw")) {
          file.setLength(4096);
        }
        guest.kick(0);
        guest.kick(1);
        guest.frontEnd().awaitClosed();
      }
      settle();
    }
    assertTrue(NicFixture.inspected(nic(), "last-error").contains("memory"));
  }

  @Test
  void connectionsThatComeAndGoLeaveNothing() throws Exception {
    for (int i = 0; i < 200; i++) {
      try (Guest guest = Guest.connect(socket(), 1, 64)) {
        switch (i % 4) {
          case 0 -> {}
          case 1 -> guest.negotiate(Guest.USUAL_FEATURES);
          case 2 -> {
            guest.negotiate(Guest.USUAL_FEATURES);
            guest.share();
          }
          default -> {
            guest.start(Guest.USUAL_FEATURES);
            guest.trySend(0, Guest.frame(0, 60));
          }
        }
      }
    }
    settle();
  }

  @Test
  void aPeerThatDoesNotReadItsRepliesLosesItsConnection() throws Exception {
    try (FrontEnd peer = FrontEnd.connect(socket())) {
      try {
        while (true) {
          peer.tell(Request.GET_FEATURES, Payloads.none());
        }
      } catch (LinuxException e) {
        // The back-end waited for a while, and closed.
      }
    }
    settle();
    assertTrue(Long.parseLong(NicFixture.inspected(nic(), "GET_FEATURES")) > 100);
  }

  @Test
  void randomMessagesAreSurvived() throws Exception {
    Random random = new Random(20261122);
    Request[] requests = Request.values();
    try (MemoryFile memory = MemoryFile.create("hostile", 1 << 20);
        EventFd event = EventFd.open()) {
      int[] files = {memory.descriptor().value(), event.descriptor().value()};
      for (int round = 0; round < 300; round++) {
        try (FrontEnd peer = FrontEnd.connect(socket())) {
          for (int i = 0; i < 40; i++) {
            byte[] payload = new byte[random.nextInt(4) == 0 ? random.nextInt(300) : 8];
            random.nextBytes(payload);
            for (int at = 0; at < payload.length; at++) {
              // Small numbers get further than large ones.
              payload[at] &= (byte) (at % 8 == 0 ? 3 : 0);
            }
            int[] passed = new int[random.nextInt(3) == 0 ? random.nextInt(3) : 0];
            for (int f = 0; f < passed.length; f++) {
              passed[f] = files[random.nextInt(2)];
            }
            Request request = requests[random.nextInt(requests.length)];
            peer.send(request.code(), Message.VERSION, payload, passed);
          }
          peer.socket().shutdownSending();
          peer.awaitClosed();
        } catch (IOException e) {
          // It was disconnected in the middle, as it deserves.
        }
      }
    }
    settle();
  }
}
