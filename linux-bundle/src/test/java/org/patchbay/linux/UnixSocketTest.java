package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
  @TempDir Path folder;

  @Test
  void descriptorsArePassed() throws Exception {
    long before = OpenFiles.count();
    try (UnixSocket.Pair pair = UnixSocket.pair();
        MemoryFile file = MemoryFile.create("passed", 4096);
        EventFd event = EventFd.open();
        Mapping mine = file.map();
        Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocateFrom("hello");
      assertEquals(
          6, pair.first().send(data, file.descriptor().value(), event.descriptor().value()));

      List<Descriptor> passed = new ArrayList<>();
      MemorySegment received = arena.allocate(64);
      assertEquals(6, pair.second().receive(received, passed));
      assertEquals("hello", received.getString(0));
      assertEquals(2, passed.size());
      mine.segment().set(Native.INT, 0, 99);
      try (Descriptor memory = passed.get(0);
          Descriptor counter = passed.get(1);
          Mapping theirs = Mapping.of(memory, 0, 4096, true)) {
        assertEquals(99, theirs.segment().get(Native.INT, 0));
        assertTrue(event.signal());
        MemorySegment count = arena.allocate(8);
        assertEquals(8, new RawIo().read(counter.value(), count.address(), 8));
        assertEquals(1, count.get(Native.LONG, 0));
      }
    }
    assertEquals(before, OpenFiles.count());
  }

  @Test
  void anOddNumberOfDescriptorsIsPadded() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Descriptor zero = Descriptor.open("/dev/zero", false, true);
        Arena arena = Arena.ofConfined()) {
      int[] many = new int[UnixSocket.MAX_DESCRIPTORS - 1];
      java.util.Arrays.fill(many, zero.value());
      assertEquals(1, pair.first().send(arena.allocate(1), many));
      List<Descriptor> passed = new ArrayList<>();
      assertEquals(1, pair.second().receive(arena.allocate(8), passed));
      assertEquals(many.length, passed.size());
      passed.forEach(Descriptor::close);
    }
  }

  @Test
  void theFileHasItsModeAndThePeerIsKnown() throws Exception {
    Path path = folder.resolve("s");
    try (UnixSocket server = UnixSocket.listen(path.toString(), 1, UnixSocket.OWNER_ONLY);
        UnixSocket client = UnixSocket.connect(path.toString(), 1000);
        UnixSocket accepted = server.accept()) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      PeerCredentials peer = accepted.peer();
      assertEquals(ProcessHandle.current().pid(), peer.processId());
      assertEquals(Files.getAttribute(path, "unix:uid"), peer.userId());
      assertEquals(Files.getAttribute(path, "unix:gid"), peer.groupId());
      assertEquals(peer, client.peer());
    }
  }

  @Test
  @Timeout(20)
  void aSendToAPeerThatDoesNotReadEndsInTime() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Arena arena = Arena.ofConfined()) {
      pair.first().setSendTimeout(50);
      MemorySegment data = arena.allocate(65536);
      LinuxException failure =
          assertThrows(
              LinuxException.class,
              () -> {
                while (true) {
                  pair.first().send(data);
                }
              });
      assertEquals(Errno.EAGAIN, failure.errno());
    }
  }

  @Test
  @Timeout(20)
  void connectingToAFullQueueEndsInTime() throws Exception {
    Path path = folder.resolve("full");
    List<UnixSocket> clients = new ArrayList<>();
    try (UnixSocket server = UnixSocket.listen(path.toString(), 0)) {
      LinuxException failure =
          assertThrows(
              LinuxException.class,
              () -> {
                while (clients.size() < 100) {
                  clients.add(UnixSocket.connect(path.toString(), 50));
                }
              });
      assertEquals(Errno.EAGAIN, failure.errno());
      server.accept().close();
    } finally {
      clients.forEach(UnixSocket::close);
    }
  }

  @Test
  void theEndOfTheConnectionIsSeen() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Arena arena = Arena.ofConfined()) {
      pair.first().close();
      assertEquals(0, pair.second().receive(arena.allocate(8), new ArrayList<>()));
      LinuxException failure =
          assertThrows(LinuxException.class, () -> pair.second().send(arena.allocate(1)));
      assertEquals(Errno.EPIPE, failure.errno());
    }
  }

  @Test
  void aClientConnectsByPath() throws Exception {
    String path = folder.resolve("socket").toString();
    LinuxException nobody =
        assertThrows(LinuxException.class, () -> UnixSocket.connect(path).close());
    assertEquals(Errno.ENOENT, nobody.errno());
    try (UnixSocket server = UnixSocket.listen(path, 4);
        UnixSocket client = UnixSocket.connect(path);
        UnixSocket accepted = server.accept();
        Arena arena = Arena.ofConfined()) {
      assertEquals(3, client.send(arena.allocateFrom("hi")));
      MemorySegment received = arena.allocate(8);
      assertEquals(3, accepted.receive(received, new ArrayList<>()));
      assertEquals("hi", received.getString(0));
      LinuxException taken =
          assertThrows(LinuxException.class, () -> UnixSocket.listen(path, 4).close());
      assertEquals(Errno.EADDRINUSE, taken.errno());
    }
  }

  @Test
  void shutdownReleasesTheThreadThatWaitsForAConnection() throws Exception {
    try (UnixSocket server = UnixSocket.listen(folder.resolve("socket").toString(), 4)) {
      CompletableFuture<Integer> outcome = new CompletableFuture<>();
      Thread waiting =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      server.accept().close();
                      outcome.complete(0);
                    } catch (LinuxException failed) {
                      outcome.complete(failed.errno());
                    }
                  });
      server.shutdown();
      assertEquals(Errno.EINVAL, outcome.get(10, TimeUnit.SECONDS));
      waiting.join();
    }
  }

  @Test
  void aPathThatIsTooLongIsNamed() {
    String path = "/tmp/" + "x".repeat(120);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> UnixSocket.listen(path, 1).close());
    assertEquals(
        "The socket path " + path + " has 125 bytes; allowed are 1 to 107.", refusal.getMessage());
  }
}
