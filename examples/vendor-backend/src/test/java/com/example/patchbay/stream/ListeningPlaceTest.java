package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

@Timeout(60)
class ListeningPlaceTest {
  @TempDir Path folder;

  private StreamSettings at(Path path) throws Exception {
    return StreamRig.settings("mode", "server", "path", path.toString());
  }

  private static EndpointException refused(StreamSettings settings) {
    return assertThrows(EndpointException.class, () -> ListeningPlace.open(settings));
  }

  @Test
  void theFileIsTheUsersAloneAndRemovedAtTheEnd() throws Exception {
    Path path = folder.resolve("s");
    ListeningPlace place = ListeningPlace.open(at(path));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    place.close();
    assertFalse(Files.exists(path));
    place.close();
  }

  @Test
  void aSocketThatSomebodyElseHasPutThereStays() throws Exception {
    Path path = folder.resolve("s");
    try (ListeningPlace place = ListeningPlace.open(at(path))) {
      assertTrue(place.socket().descriptor().isOpen());
      Files.delete(path);
      Files.writeString(path, "theirs");
    }
    assertEquals("theirs", Files.readString(path));
  }

  @Test
  void aSocketThatNobodyListensToIsReplaced() throws Exception {
    Path path = folder.resolve("s");
    // As a process that is killed leaves it.
    StreamPeer.listen(UnixDomainSocketAddress.of(path)).close();
    assertTrue(Files.exists(path));
    try (ListeningPlace place = ListeningPlace.open(at(path));
        StreamPeer peer = StreamPeer.connect(UnixDomainSocketAddress.of(path))) {
      assertTrue(place.socket().descriptor().isOpen());
      assertFalse(peer.isEnded());
    }
  }

  @Test
  void aSocketThatSomebodyListensToIsRefused() throws Exception {
    Path path = folder.resolve("s");
    try (ServerSocketChannel other = StreamPeer.listen(UnixDomainSocketAddress.of(path))) {
      EndpointException refused = refused(at(path));
      assertEquals(EndpointError.HELD_BY_ANOTHER, refused.error());
      assertTrue(
          refused
              .getMessage()
              .contains(
                  "path '%s' is in use: process %d listens there"
                      .formatted(path, ProcessHandle.current().pid())),
          refused::getMessage);
      assertTrue(other.isOpen());
    }
  }

  @Test
  void whatIsNoSocketIsRefusedAndStays() throws Exception {
    Path path = Files.writeString(folder.resolve("s"), "data");
    EndpointException refused = refused(at(path));
    assertEquals(EndpointError.INVALID_CONFIGURATION, refused.error());
    assertTrue(
        refused.getMessage().contains("path '" + path + "' is in the way and no socket"),
        refused::getMessage);
    assertEquals("data", Files.readString(path));
  }

  /** A pipe refuses connections as a dead socket does. */
  @Test
  void aPipeIsRefusedAndStays() throws Exception {
    Path path = folder.resolve("s");
    assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
    EndpointException refused = refused(at(path));
    assertTrue(refused.getMessage().contains("is in the way and no socket"), refused::getMessage);
    assertTrue(Files.exists(path));
  }

  @Test
  void aFolderThatIsMissingIsNamed() throws Exception {
    Path path = folder.resolve("no/s");
    EndpointException refused = refused(at(path));
    assertEquals(EndpointError.INVALID_CONFIGURATION, refused.error());
    assertTrue(
        refused.getMessage().contains("path '" + path + "' lies in no folder"),
        refused::getMessage);
  }

  @Test
  void anAddressThatIsInUseOrNotOursIsRefused() throws Exception {
    try (ServerSocketChannel other =
        StreamPeer.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      int port = ((InetSocketAddress) other.getLocalAddress()).getPort();
      EndpointException refused =
          refused(StreamRig.settings("mode", "server", "address", "127.0.0.1:" + port));
      assertEquals(EndpointError.HELD_BY_ANOTHER, refused.error());
      assertTrue(
          refused.getMessage().contains("address '127.0.0.1:" + port + "' is in use"),
          refused::getMessage);
    }
    // TEST-NET-1 of RFC 5737, which is nobody's.
    EndpointException elsewhere =
        refused(StreamRig.settings("mode", "server", "address", "192.0.2.1:9000"));
    assertTrue(elsewhere.getMessage().contains("is not on this machine"), elsewhere::getMessage);
  }
}
