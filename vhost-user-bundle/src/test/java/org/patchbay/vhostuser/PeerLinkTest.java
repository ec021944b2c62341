package org.patchbay.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.UnixSocket;

@Timeout(30)
class PeerLinkTest {

  @TempDir Path folder = Path.of("");
  private @Nullable PeerLink link;

  private PeerLink open(boolean connects) throws Exception {
    PeerLink opened = new PeerLink(path(), connects);
    opened.open();
    link = opened;
    return opened;
  }

  private Path path() {
    return folder.resolve("vm0.sock");
  }

  @AfterEach
  void close() {
    if (link != null) {
      link.end();
      link.close();
      assertFalse(Files.exists(path()) && !link.isUp(), "nothing listens while the link is down");
    }
  }

  private static CompletableFuture<@Nullable UnixSocket> awaitPeer(PeerLink link) {
    CompletableFuture<@Nullable UnixSocket> peer = new CompletableFuture<>();
    Thread.ofPlatform().daemon().start(() -> peer.complete(link.await()));
    return peer;
  }

  private static @Nullable UnixSocket get(CompletableFuture<@Nullable UnixSocket> peer)
      throws Exception {
    return peer.get(10, TimeUnit.SECONDS);
  }

  /** Reads to the end of a connection. */
  private static void assertEnded(UnixSocket socket) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      assertEquals(0, socket.receive(arena.allocate(16), new ArrayList<>()));
    }
  }

  @Test
  void peersAreServedOneAfterTheOther() throws Exception {
    PeerLink listening = open(false);
    for (int i = 0; i < 20; i++) {
      try (UnixSocket client = UnixSocket.connect(path().toString())) {
        assertNotNull(listening.await());
        listening.disconnect();
        assertEnded(client);
      }
    }
  }

  @Test
  void aLinkThatGoesDownEndsTheConnectionAndListensNoMore() throws Exception {
    PeerLink listening = open(false);
    try (UnixSocket client = UnixSocket.connect(path().toString())) {
      assertNotNull(listening.await());
      listening.setUp(false);
      assertEnded(client);
      listening.disconnect();
    }
    CompletableFuture<@Nullable UnixSocket> peer = awaitPeer(listening);
    while (Files.exists(path())) {
      Thread.onSpinWait();
    }
    assertThrows(LinuxException.class, () -> UnixSocket.connect(path().toString()).close());
    assertFalse(peer.isDone());
    listening.setUp(true);
    while (!Files.exists(path())) {
      Thread.onSpinWait();
    }
    try (UnixSocket client = connectSoon()) {
      assertNotNull(get(peer));
      assertTrue(client.descriptor().isOpen());
    }
  }

  /** Connects to a socket that is being made. */
  private UnixSocket connectSoon() throws Exception {
    while (true) {
      try {
        return UnixSocket.connect(path().toString());
      } catch (LinuxException e) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void theWaitIsReleasedByTheLinkAndByTheEnd() throws Exception {
    PeerLink listening = open(false);
    CompletableFuture<@Nullable UnixSocket> peer = awaitPeer(listening);
    listening.setUp(false);
    while (Files.exists(path())) {
      Thread.onSpinWait();
    }
    listening.end();
    assertNull(get(peer));
  }

  @Test
  void connectsAsSoonAsSomebodyListens() throws Exception {
    PeerLink connecting = open(true);
    CompletableFuture<@Nullable UnixSocket> peer = awaitPeer(connecting);
    while (connecting.problem() == null) {
      Thread.onSpinWait();
    }
    assertFalse(peer.isDone());
    try (UnixSocket server = UnixSocket.listen(path().toString(), 1);
        UnixSocket accepted = server.accept()) {
      assertNotNull(get(peer));
      assertNull(connecting.problem());
      connecting.cut();
      assertEnded(accepted);
    }
    Files.delete(path());
  }

  @Test
  void backingOffEndsWithTheLink() throws Exception {
    PeerLink connecting = open(true);
    CompletableFuture<@Nullable UnixSocket> peer = awaitPeer(connecting);
    while (connecting.problem() == null) {
      Thread.onSpinWait();
    }
    connecting.end();
    assertNull(get(peer));
  }

  @Test
  void aPathThatIsTakenAwayAndInUseIsTriedAgain() throws Exception {
    PeerLink listening = open(false);
    listening.setUp(false);
    CompletableFuture<@Nullable UnixSocket> peer = awaitPeer(listening);
    while (Files.exists(path())) {
      Thread.onSpinWait();
    }
    Files.writeString(path(), "in the way");
    listening.setUp(true);
    while (listening.problem() == null) {
      Thread.onSpinWait();
    }
    Files.delete(path());
    try (UnixSocket client = connectSoon()) {
      assertNotNull(get(peer));
      assertTrue(client.descriptor().isOpen());
    }
  }
}
